using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Roost.Engine.Memory;
using static Roost.Engine.Search.Segments.ImageFormat;

namespace Roost.Engine.Search.Segments;

/// <summary>Writes sealed segments as bytes, and reads them where they lie. <see cref="ImageFormat"/> draws
/// them.</summary>
internal static unsafe class ImageFile
{
    private const int PartLength = 1 << 16;
    private const int SectionCount = (int)Section.Count;

    /// <summary>
    /// Writes a segment in one pass, rows as they are when they are reached; what changes meanwhile may be in it or
    /// not.
    /// </summary>
    public static void Write(SealedSegment segment, long mark, IBufferWriter<byte> to)
    {
        var header = segment.Header with { Mark = mark, Serial = segment.Rows.Serial };
        var headerBytes = MemoryMarshal.AsBytes(new ReadOnlySpan<Header>(in header));
        var trailer = new byte[TrailerLength];
        to.Write(headerBytes);
        long written = HeaderLength;
        for (var section = (Section)0; section < Section.Languages; section++)
        {
            var place = segment.Place(section);
            written += WriteZeros(place.Offset - written, to);
            var crc = Crc32C.Start;
            for (long done = 0; done < place.Length; done += PartLength)
            {
                var length = (int)Math.Min(PartLength, place.Length - done);
                var part = new ReadOnlySpan<byte>(segment.Image + place.Offset + done, length);
                crc = Crc32C.Add(crc, part);
                to.Write(part);
            }
            written += place.Length;
            WriteSection(trailer, section, place, crc);
        }
        Append(Section.Languages, () => WriteWhole(
            MemoryMarshal.AsBytes(segment.Rows.Languages.Codes), to));
        Append(Section.Rows, () => WriteRows(segment.Rows, header.Docs, to));
        // What supersedes a post is written before its row says so, and read after that.
        var places = LivePlaces(segment.Rows.Lives, header.Docs, out var chunks);
        Append(Section.LivePlaces, () => WriteWhole(MemoryMarshal.AsBytes<uint>(places), to));
        Append(Section.LiveChunks, () => WriteChunks(chunks, to));
        written += WriteZeros(Padding(written), to);

        var tail = trailer.AsSpan(SectionCount * SectionLength);
        BinaryPrimitives.WriteInt64LittleEndian(tail, written + TrailerLength);
        BinaryPrimitives.WriteUInt32LittleEndian(tail[8..], TrailerCrc(headerBytes, trailer));
        Magic.CopyTo(tail[16..]);
        to.Write(trailer);

        void Append(Section section, Func<(long Length, uint Crc)> write)
        {
            written += WriteZeros(Padding(written), to);
            var (length, crc) = write();
            WriteSection(trailer, section, new SectionPlace(written, length), crc);
            written += length;
        }
    }

    /// <summary>Reads a segment where it lies, every byte of it once for the checksums.</summary>
    /// <exception cref="InvalidDataException">It is damaged, cut off, or of another version: what, and
    /// where.</exception>
    /// <param name="checksum">Of header and trailer, and so of all sections: no two segments share it.</param>
    public static SealedSegment Open(SearchImage image, out long mark, out uint checksum)
    {
        var at = (byte*)image.Address;
        if (image.Length < HeaderLength + TrailerLength)
            throw Damaged($"it has {image.Length} bytes, fewer than any segment");
        var headerBytes = new ReadOnlySpan<byte>(at, HeaderLength);
        var trailer = new ReadOnlySpan<byte>(at + image.Length - TrailerLength, TrailerLength);
        var tail = trailer[(SectionCount * SectionLength)..];
        if (!headerBytes.StartsWith(Magic) || !tail[16..].SequenceEqual(Magic))
            throw Damaged("its beginning or end is not that of a segment");
        var header = Unsafe.ReadUnaligned<Header>(at);
        if (header.Version != ImageFormat.Version)
            throw Damaged($"it has version {header.Version}, this program reads {ImageFormat.Version}");
        if (BinaryPrimitives.ReadInt64LittleEndian(tail) != image.Length)
            throw Damaged($"it has {image.Length} bytes but says {BinaryPrimitives.ReadInt64LittleEndian(tail)}");
        checksum = BinaryPrimitives.ReadUInt32LittleEndian(tail[8..]);
        if (checksum != TrailerCrc(headerBytes, trailer))
            throw Damaged("the checksum of header and trailer is wrong");

        var places = new SectionPlace[SectionCount];
        for (var section = 0; section < SectionCount; section++)
            places[section] = ReadSection(at, image.Length, trailer[(section * SectionLength)..], (Section)section);
        mark = header.Mark;
        var rows = new PostRows(
            header.Serial, (PostRow*)At(Section.Rows), header.Docs, (uint*)At(Section.LivePlaces),
            (ulong*)At(Section.LiveChunks), MemoryMarshal.Cast<byte, LanguageCode>(
                new ReadOnlySpan<byte>(At(Section.Languages), (int)places[(int)Section.Languages].Length)));
        return new SealedSegment(rows, image.Owner, at, header, section => places[(int)section], 0, image.Length);

        byte* At(Section section) => at + places[(int)section].Offset;
    }

    private static SectionPlace ReadSection(byte* at, long imageLength, ReadOnlySpan<byte> entry, Section section)
    {
        var offset = BinaryPrimitives.ReadInt64LittleEndian(entry);
        var length = BinaryPrimitives.ReadInt64LittleEndian(entry[8..]);
        if (offset < HeaderLength || length < 0 || offset > imageLength - TrailerLength - length)
            throw Damaged($"section {section} lies outside of it");
        var crc = Crc32C.Start;
        for (long done = 0; done < length; done += 1 << 30)
            crc = Crc32C.Add(crc, new ReadOnlySpan<byte>(at + offset + done, (int)Math.Min(1 << 30, length - done)));
        if (Crc32C.Finish(crc) != BinaryPrimitives.ReadUInt32LittleEndian(entry[16..]))
            throw Damaged($"the checksum of section {section} at offset {offset} is wrong");
        return new SectionPlace(offset, length);
    }

    /// <summary>Each word of a row is read whole, as the writer writes it.</summary>
    private static (long Length, uint Crc) WriteRows(PostRows rows, uint docs, IBufferWriter<byte> to)
    {
        var crc = Crc32C.Start;
        var rowsPerPart = (uint)(PartLength / sizeof(PostRow));
        for (uint first = 0; first < docs; first += rowsPerPart)
        {
            var count = Math.Min(rowsPerPart, docs - first);
            var part = MemoryMarshal.Cast<byte, PostRow>(to.GetSpan((int)count * sizeof(PostRow)))[..(int)count];
            for (uint i = 0; i < count; i++)
            {
                var row = rows.At(first + i);
                part[(int)i] = new PostRow
                {
                    Head = Volatile.Read(ref row->Head),
                    Seq = row->Seq,
                    Author = row->Author,
                };
            }
            crc = Crc32C.Add(crc, MemoryMarshal.AsBytes(part));
            to.Advance((int)count * sizeof(PostRow));
        }
        return ((long)docs * sizeof(PostRow), crc);
    }

    /// <summary>Where in the image the chunks of live words are that there are now.</summary>
    private static uint[] LivePlaces(RowLives lives, uint docs, out nint[] chunks)
    {
        var places = new uint[RowLives.ChunksFor(docs)];
        var found = new List<nint>();
        for (uint number = 0; number < places.Length; number++)
        {
            var chunk = (nint)lives.Chunk(number);
            if (chunk == 0)
                continue;
            found.Add(chunk);
            places[number] = (uint)found.Count;
        }
        chunks = [.. found];
        return places;
    }

    private static (long Length, uint Crc) WriteChunks(nint[] chunks, IBufferWriter<byte> to)
    {
        var crc = Crc32C.Start;
        Span<ulong> words = stackalloc ulong[RowLives.ChunkDocs];
        foreach (var chunk in chunks)
        {
            for (var i = 0; i < words.Length; i++) words[i] = Volatile.Read(ref ((ulong*)chunk)[i]);
            crc = Crc32C.Add(crc, MemoryMarshal.AsBytes(words));
            to.Write(MemoryMarshal.AsBytes(words));
        }
        return ((long)chunks.Length * RowLives.ChunkBytes, crc);
    }

    private static (long Length, uint Crc) WriteWhole(ReadOnlySpan<byte> bytes, IBufferWriter<byte> to)
    {
        to.Write(bytes);
        return (bytes.Length, Crc32C.Add(Crc32C.Start, bytes));
    }

    private static void WriteSection(Span<byte> trailer, Section section, SectionPlace place, uint crc)
    {
        var entry = trailer[((int)section * SectionLength)..];
        BinaryPrimitives.WriteInt64LittleEndian(entry, place.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(entry[8..], place.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], Crc32C.Finish(crc));
    }

    private static uint TrailerCrc(ReadOnlySpan<byte> header, ReadOnlySpan<byte> trailer) => Crc32C.Finish(
        Crc32C.Add(Crc32C.Add(Crc32C.Start, header), trailer[..((SectionCount * SectionLength) + 8)]));

    private static long Padding(long written) =>
        ((written + (2 * Alignment) - 1) / Alignment * Alignment) - written;

    private static long WriteZeros(long count, IBufferWriter<byte> to)
    {
        to.GetSpan((int)count)[..(int)count].Clear();
        to.Advance((int)count);
        return count;
    }

    internal static InvalidDataException Damaged(string what) =>
        new($"This is no sound segment of the search index: {what}. Delete it: its posts are indexed again then.");
}
