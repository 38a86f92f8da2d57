using System.Buffers.Binary;

namespace Roost.Cluster.Tests.Crash;

/// <summary>
/// A record of a segment file, as far as who damages one must know it. Layout:
/// <see cref="Roost.Services.Posts.Log.RecordFormat"/>.
/// </summary>
internal readonly record struct LogRecordAt(int Offset, int Length, byte Kind, int Author, long Id, long Target)
{
    public const byte Post = 1;
    public const byte Boost = 2;
    public const int HeaderBytes = 60;
}

/// <summary>Reads a segment file of the post log for its records, and damages it. It shares no code with what it
/// tests.</summary>
internal static class LogFile
{
    private const int FileHeaderBytes = 32;

    /// <summary>All records of a sound file, oldest first.</summary>
    public static List<LogRecordAt> Records(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var records = new List<LogRecordAt>();
        for (var offset = FileHeaderBytes; offset < bytes.Length; offset += records[^1].Length)
        {
            var record = bytes.AsSpan(offset);
            records.Add(new LogRecordAt(
                offset, 8 + (int)BinaryPrimitives.ReadUInt32LittleEndian(record), record[16],
                BinaryPrimitives.ReadInt32LittleEndian(record[20..]), BinaryPrimitives.ReadInt64LittleEndian(record[24..]),
                BinaryPrimitives.ReadInt64LittleEndian(record[40..])));
        }
        return records;
    }

    /// <summary>Turns one bit over. Doing it twice undoes it.</summary>
    public static void Flip(string path, long offset)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = offset;
        var value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 0x10));
    }

    public static void Append(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write);
        file.Write(bytes);
    }

    public static void Cut(string path, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.SetLength(length);
    }
}
