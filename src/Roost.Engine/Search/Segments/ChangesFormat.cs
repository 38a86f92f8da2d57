using System.Buffers;
using System.Buffers.Binary;
using Roost.Engine.Memory;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// What changed of a mapped segment's rows since its image was written, as bytes. Little-endian.
/// <code>
///  header   magic "ROOSTCHG" | serial | checksum of the image | count | 0      24 B
///  changes  doc | 0 | head | live                                              24 B each
///  end      CRC-32C of all before
/// </code>
/// </summary>
internal static unsafe class ChangesFormat
{
    private const int HeaderLength = 24;
    private const int ChangeLength = 24;

    private static ReadOnlySpan<byte> Magic => "ROOSTCHG"u8;

    /// <summary>Rows as they are when they are reached; what changes meanwhile may be in it or not.</summary>
    public static void Write(PostRows rows, uint checksum, IBufferWriter<byte> to)
    {
        var docs = rows.Changes!.Docs().ToArray();
        Span<byte> part = stackalloc byte[HeaderLength];
        part.Clear();
        Magic.CopyTo(part);
        BinaryPrimitives.WriteUInt32LittleEndian(part[8..], rows.Serial);
        BinaryPrimitives.WriteUInt32LittleEndian(part[12..], checksum);
        BinaryPrimitives.WriteInt32LittleEndian(part[16..], docs.Length);
        var crc = Crc32C.Add(Crc32C.Start, part);
        to.Write(part);
        foreach (var doc in docs)
        {
            var row = rows.At(doc);
            part.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(part, doc);
            // What supersedes a post is written before the flag that says so, and read after it.
            BinaryPrimitives.WriteUInt64LittleEndian(part[8..], Volatile.Read(ref row->Head));
            BinaryPrimitives.WriteUInt64LittleEndian(part[16..], rows.Live(doc));
            crc = Crc32C.Add(crc, part);
            to.Write(part);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(part, Crc32C.Finish(crc));
        to.Write(part[..sizeof(uint)]);
    }

    /// <exception cref="InvalidDataException">It is damaged, or about another image.</exception>
    public static void Apply(ReadOnlySpan<byte> bytes, SealedSegment segment, uint checksum)
    {
        if (bytes.Length < HeaderLength + sizeof(uint) || !bytes.StartsWith(Magic))
            throw Damaged("it does not begin like one");
        var content = bytes[..^sizeof(uint)];
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]) != Crc32C.Of(content))
            throw Damaged("its checksum is wrong");
        var count = BinaryPrimitives.ReadInt32LittleEndian(content[16..]);
        if (content.Length != HeaderLength + ((long)count * ChangeLength))
            throw Damaged($"it has {content.Length} bytes, which are not those of {count} changes");
        if (BinaryPrimitives.ReadUInt32LittleEndian(content[8..]) != segment.Rows.Serial
            || BinaryPrimitives.ReadUInt32LittleEndian(content[12..]) != checksum)
            throw Damaged("it is about another segment");
        for (var left = content[HeaderLength..]; !left.IsEmpty; left = left[ChangeLength..])
        {
            var doc = BinaryPrimitives.ReadUInt32LittleEndian(left);
            if (doc >= segment.Rows.Count)
                throw Damaged($"it is about post {doc} of {segment.Rows.Count}");
            segment.Rows.Set(
                doc, BinaryPrimitives.ReadUInt64LittleEndian(left[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(left[16..]));
        }
    }

    private static InvalidDataException Damaged(string what) =>
        new($"These are no sound changes of a segment of the search index: {what}.");
}
