using System.Buffers.Binary;
using System.Globalization;
using Roost.Engine.Memory;

namespace Roost.Services.Posts.Log;

/// <summary>
/// Names and header of segment files. <c>00000000000000000001.log</c> starts with seq 1; its index, once it is sealed,
/// is <c>00000000000000000001.idx</c> (see <see cref="SegmentIndex"/>). The header, little-endian:
/// <code>
///   0  magic      8 bytes  "RoostLog"
///   8  version    u32      1
///  12  shard      u32
///  16  first seq  u32
///  20  zero       8 bytes
///  28  crc32c     u32      over bytes 0–27
///  32  records, see <see cref="RecordFormat"/>
/// </code>
/// </summary>
internal static class SegmentFormat
{
    public const int HeaderBytes = 32;
    public const uint Version = 1;
    public const string Extension = ".log";
    public const string IndexExtension = ".idx";

    private static ReadOnlySpan<byte> Magic => "RoostLog"u8;

    public static string FileName(uint firstSeq) => firstSeq.ToString("D20", CultureInfo.InvariantCulture) + Extension;

    public static string IndexPath(string segmentPath) => Path.ChangeExtension(segmentPath, IndexExtension);

    public static bool TryParseName(string path, out uint firstSeq)
    {
        var name = Path.GetFileNameWithoutExtension(path.AsSpan());
        firstSeq = 0;
        return name.Length == 20 && uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out firstSeq)
            && firstSeq > 0;
    }

    public static byte[] Header(uint firstSeq, int shard)
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), (uint)shard);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), firstSeq);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(28), Crc32C.Of(header.AsSpan(0, 28)));
        return header;
    }

    /// <summary>Whether this is a header as some version of Roost wrote it.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> header) => header[..8].SequenceEqual(Magic)
        && BinaryPrimitives.ReadUInt32LittleEndian(header[28..]) == Crc32C.Of(header[..28]);

    /// <summary>Null when the header is that of this segment, else what is wrong with it, in words.</summary>
    public static string? ProblemWith(ReadOnlySpan<byte> header, uint firstSeq, int shard)
    {
        if (header.Length < HeaderBytes) return "its header is cut short";
        if (!header[..8].SequenceEqual(Magic)) return "it does not begin as a segment of a post log";
        if (!IsIntact(header)) return "its header is damaged";
        var version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        if (version != Version) return $"it has format version {version}; this program reads version {Version}";
        var ofShard = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        if (ofShard != shard) return $"it belongs to shard {ofShard}, not to shard {shard}";
        var first = BinaryPrimitives.ReadUInt32LittleEndian(header[16..]);
        return first == firstSeq ? null : $"its header says it begins with seq {first}, its name says {firstSeq}";
    }
}
