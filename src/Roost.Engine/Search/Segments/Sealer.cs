using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static Roost.Engine.Search.Segments.ImageFormat;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// Rewrites the posts that an active segment has now into a compact image: terms sorted, posting lists packed, and in
/// place of forward lists, with each posting, where its doc has the term. What was deleted before is left out. Runs on
/// any one thread; readers and the writer, who may add, delete and count meanwhile, go on.
/// </summary>
/// <remarks>Docs keep their numbers, so rows, and whoever holds a doc, are not concerned.</remarks>
internal sealed unsafe class Sealer
{
    private const uint IsAuthor = 1u << 31;
    private const int PrefetchAhead = 8;

    private readonly ActiveSegment _segment;
    private readonly ulong _seed;
    private readonly uint _docs;
    private readonly uint _words;
    private readonly uint _authors;
    private readonly SectionPlace[] _places = new SectionPlace[(int)Section.Count];
    private readonly CancellationToken _cancellation;
    private uint[] _docsOfTerm = new uint[1 << 12];
    private byte[] _placesOfTerm = new byte[1 << 12];

    /// <summary>A bit for each doc that is left out: rows lie too far apart to be looked at for each posting. Null for
    /// none, as mostly.</summary>
    private readonly ulong[]? _deleted;

    private Sealer(ActiveSegment segment, ulong seed, NativeBuffer image, CancellationToken cancellation)
    {
        _segment = segment;
        _seed = seed;
        // Docs first: their terms are there when they are.
        _docs = segment.Rows.Count;
        _words = segment.Terms.Count;
        _authors = segment.Authors.Count;
        _deleted = DeletedDocs(segment, _docs);
        Image = image;
        _cancellation = cancellation;
    }

    private NativeBuffer Image { get; }

    /// <summary>Writes the image into <paramref name="buffer"/>, which is empty.</summary>
    public static SealedImage Seal(
        ActiveSegment segment, ulong seed, NativeBuffer buffer, CancellationToken cancellation) =>
        new Sealer(segment, seed, buffer, cancellation).Run();

    private SealedImage Run()
    {
        Image.Reserve(HeaderLength);
        var sorted = Sort();
        using var places = new TermPlaces(_segment, _docs, _words, IsDeleted, _cancellation);
        var slots = WriteTerms(sorted, places);
        var header = new Header(
            BinaryPrimitives.ReadUInt64LittleEndian(Magic), ImageFormat.Version, _docs, (uint)sorted.Length, slots,
            _seed, Mark: 0, _segment.Rows.Serial);
        Unsafe.WriteUnaligned(Image.At(0), header);
        Image.Trim();
        return new SealedImage(Image, _places, header);
    }

    /// <summary>All terms by their bytes; authors marked by <see cref="IsAuthor"/>.</summary>
    private uint[] Sort()
    {
        var sorted = new uint[_words + _authors];
        var beginnings = new ulong[sorted.Length];
        for (uint i = 0; i < sorted.Length; i++)
        {
            sorted[i] = i < _words ? i : (i - _words) | IsAuthor;
            beginnings[i] = Beginning(Text(sorted[i]));
        }
        Array.Sort(beginnings, sorted);
        // Those with the same first eight bytes are few, and sorted among themselves by all of their bytes.
        for (var start = 0; start < sorted.Length;)
        {
            var end = start + 1;
            while (end < sorted.Length && beginnings[end] == beginnings[start]) end++;
            if (end - start > 1)
                sorted.AsSpan(start, end - start).Sort((one, other) => Text(one).SequenceCompareTo(Text(other)));
            start = end;
        }
        return sorted;
    }

    /// <returns>Slots of the table.</returns>
    private uint WriteTerms(uint[] sorted, TermPlaces places)
    {
        using var texts = new NativeBuffer();
        using var bits = new NativeBuffer();
        using var bitPlaces = new NativeBuffer();
        using var singles = new NativeBuffer();
        using var entries = new NativeBuffer();
        var blocks = new SealedBlock[SealedTerms.BlocksFor((uint)sorted.Length)];
        using var tableBytes = new NativeBuffer();
        var table = MakeTable(tableBytes, (uint)sorted.Length, out var slots);
        var postings = Begin(Section.Postings);
        for (var rank = 0; rank < sorted.Length; rank++)
        {
            if ((rank & 0xFFFF) == 0)
                _cancellation.ThrowIfCancellationRequested();
            Prefetch(sorted, rank);
            var term = sorted[rank];
            var text = Text(term);
            table.Put(Hash(text), (uint)rank);
            ref var block = ref blocks[rank / SealedTerms.BlockLength];
            if (rank % SealedTerms.BlockLength == 0)
                block = new SealedBlock(checked((uint)texts.Length), (uint)(entries.Length / sizeof(uint)), 0);
            var shared = rank % SealedTerms.BlockLength == 0 ? 0 : text.CommonPrefixLength(Text(sorted[rank - 1]));
            SealedTerms.Append(texts, text, shared);

            var docs = Docs(term);
            var isAuthor = (term & IsAuthor) != 0;
            var codes = isAuthor ? [] : places[term];
            if (isAuthor ? docs.Length <= 1 : places.IsSingle(term))
            {
                block.Singles |= (ushort)(1 << (rank % SealedTerms.BlockLength));
                SealedSingles.Append(
                    singles, (uint)rank - (uint)(entries.Length / sizeof(uint)), _docs,
                    docs.Length == 0 ? null : docs[0], codes.Length == 0 ? 0 : codes[0]);
                continue;
            }
            var place = checked((uint)(int)(Image.Length - postings));
            if (DocBits.SuitsSealed((uint)docs.Length, _docs))
            {
                place = SealedLists.IsBits | WriteBits(bits, docs);
                WriteBitPlaces(bitPlaces, docs, codes, postings);
            }
            else
            {
                SealedLists.AppendCount(Image, docs.Length);
                PackedDocs.Write(Image, docs, Reverse(codes));
            }
            entries.Append(AsBytes(place));
        }
        End(Section.Postings, postings);
        Write(Section.Entries, AllOf(entries));
        Write(Section.Singles, AllOf(singles));
        Write(Section.Blocks, MemoryMarshal.AsBytes<SealedBlock>(blocks));
        Write(Section.Texts, AllOf(texts));
        Write(Section.Table, AllOf(tableBytes));
        Write(Section.Bits, AllOf(bits));
        Write(Section.BitPlaces, AllOf(bitPlaces));
        Image.Pad(Alignment, Alignment);
        return slots;
    }

    private static PackedSlots MakeTable(NativeBuffer bytes, uint terms, out uint slots)
    {
        slots = PackedSlots.SlotsFor(terms);
        var bits = PackedSlots.BitsFor(terms);
        // What is put in is written eight bytes at a time.
        bytes.Pad(checked((int)PackedSlots.Length(slots, bits) + sizeof(ulong)), 1);
        return new PackedSlots(bytes.At(0), slots, bits);
    }

    private static ReadOnlySpan<byte> AllOf(NativeBuffer buffer) => new(buffer.At(0), checked((int)buffer.Length));

    private static ReadOnlySpan<byte> AsBytes<T>(in T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));

    /// <summary>Appends a term's bits; says which place they have.</summary>
    private uint WriteBits(NativeBuffer to, ReadOnlySpan<uint> docs)
    {
        var length = (int)DocBits.WordsFor(_docs);
        var place = to.Length / (length * sizeof(ulong));
        var words = new Span<ulong>(to.At(to.Reserve(length * sizeof(ulong))), length);
        words.Clear();
        foreach (var doc in docs) BitWords.Add(words, doc);
        return (uint)place;
    }

    /// <summary>Appends a term's places to the postings, oldest doc first, and how many docs it has and where each
    /// window's places are.</summary>
    private void WriteBitPlaces(NativeBuffer to, ReadOnlySpan<uint> docs, ReadOnlySpan<byte> codes, long postings)
    {
        to.Append(AsBytes((uint)docs.Length));
        var at = to.Length;
        to.Pad((int)DocBits.WindowsFor(_docs) * sizeof(uint), 1);
        var starts = new Span<uint>(to.At(at), (int)DocBits.WindowsFor(_docs));
        for (var left = docs; !left.IsEmpty && !codes.IsEmpty;)
        {
            var window = left[^1] / DocBits.WindowDocs;
            var count = 1;
            while (count < left.Length && left[^(count + 1)] / DocBits.WindowDocs == window) count++;
            starts[(int)window] = checked((uint)(Image.Length - postings));
            var length = PlaceCode.LengthOf(codes, count);
            var placeBits = PackedPlaces.BitsFor(codes[..length], count);
            Image.Append([(byte)placeBits]);
            PackedPlaces.Write(Image, codes[..length], count, placeBits);
            codes = codes[length..];
            left = left[..^count];
        }
    }

    /// <summary>Codes with the newest doc first.</summary>
    private ReadOnlySpan<byte> Reverse(ReadOnlySpan<byte> codes)
    {
        if (_placesOfTerm.Length < codes.Length)
            _placesOfTerm = new byte[2 * codes.Length];
        var done = 0;
        for (var left = codes; !left.IsEmpty;)
        {
            var length = PlaceCode.LengthOfLast(left);
            left[^length..].CopyTo(_placesOfTerm.AsSpan(done));
            left = left[..^length];
            done += length;
        }
        return _placesOfTerm.AsSpan(0, done);
    }

    /// <summary>In the order of their bytes terms lie anywhere in memory: asks for what the next ones need, first where
    /// that is, then that.</summary>
    private void Prefetch(uint[] sorted, int rank)
    {
        if (rank + (2 * PrefetchAhead) < sorted.Length)
            _segment.PrefetchEntry(sorted[rank + (2 * PrefetchAhead)] & ~IsAuthor, IsAuthorAt(2 * PrefetchAhead));
        if (rank + PrefetchAhead < sorted.Length)
            _segment.PrefetchTerm(sorted[rank + PrefetchAhead] & ~IsAuthor, IsAuthorAt(PrefetchAhead));

        bool IsAuthorAt(int ahead) => (sorted[rank + ahead] & IsAuthor) != 0;
    }

    /// <summary>A term's docs, newest first, without deleted ones.</summary>
    private ReadOnlySpan<uint> Docs(uint term)
    {
        var count = 0;
        var walk = _segment.Start(_segment.TermOf(term & ~IsAuthor, (term & IsAuthor) != 0), _docs - 1);
        while (true)
        {
            if (_docsOfTerm.Length - count < PostingWalk.BlockLength)
                Array.Resize(ref _docsOfTerm, 2 * _docsOfTerm.Length);
            var read = _segment.Read(ref walk, _docsOfTerm.AsSpan(count, PostingWalk.BlockLength));
            if (read == 0)
                return _docsOfTerm.AsSpan(0, count);
            if (_deleted is null)
            {
                count += read;
                continue;
            }
            var end = count + read;
            for (var i = count; i < end; i++)
            {
                _docsOfTerm[count] = _docsOfTerm[i];
                count += IsDeleted(_docsOfTerm[i]) ? 0 : 1;
            }
        }
    }

    private bool IsDeleted(uint doc) => _deleted is not null && BitWords.Has(_deleted, doc);

    private static ulong[]? DeletedDocs(ActiveSegment segment, uint docs)
    {
        ulong[]? deleted = null;
        for (uint doc = 0; doc < docs; doc++)
        {
            if ((Volatile.Read(ref segment.Rows.At(doc)->Head) & PostRow.Deleted) == 0)
                continue;
            BitWords.Add(deleted ??= new ulong[BitWords.WordsFor(docs)], doc);
        }
        return deleted;
    }

    private ReadOnlySpan<byte> Text(uint term) =>
        (term & IsAuthor) != 0 ? _segment.Authors.Text(term & ~IsAuthor) : _segment.Terms.Text(term);

    private uint Hash(ReadOnlySpan<byte> text)
    {
        fixed (byte* at = text) return TermHash.Of(at, text.Length, _seed);
    }

    private static ulong Beginning(ReadOnlySpan<byte> text)
    {
        Span<byte> eight = stackalloc byte[8];
        eight.Clear();
        text[..Math.Min(8, text.Length)].CopyTo(eight);
        return BinaryPrimitives.ReadUInt64BigEndian(eight);
    }

    private void Write(Section section, ReadOnlySpan<byte> bytes)
    {
        var start = Begin(section);
        Image.Append(bytes);
        End(section, start);
    }

    private long Begin(Section section)
    {
        Image.Pad(section == 0 ? 0 : Alignment, Alignment);
        _places[(int)section] = new SectionPlace(Image.Length, 0);
        return Image.Length;
    }

    private void End(Section section, long start) =>
        _places[(int)section] = new SectionPlace(start, Image.Length - start);
}
