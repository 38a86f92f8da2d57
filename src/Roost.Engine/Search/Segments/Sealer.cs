using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static Roost.Engine.Search.Segments.ImageFormat;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// Rewrites the posts that an active segment has now into a compact image: terms sorted and numbered anew by
/// frequency, posting lists packed, forward lists in the new numbers. What was deleted before is left out. Runs on any
/// one thread; readers and the writer, who may add, delete and count meanwhile, go on.
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

    private Sealer(ActiveSegment segment, ulong seed, NativeBuffer image, CancellationToken cancellation)
    {
        _segment = segment;
        _seed = seed;
        // Docs first: their terms are there when they are.
        _docs = segment.Rows.Count;
        _words = segment.Terms.Count;
        _authors = segment.Authors.Count;
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
        var numbers = NumberByFrequency();
        WriteForwardLists(numbers);
        var sorted = Sort();
        var slots = WriteTerms(sorted, numbers);
        var header = new Header(
            BinaryPrimitives.ReadUInt64LittleEndian(Magic), ImageFormat.Version, _docs, (uint)sorted.Length, slots,
            _seed, Mark: 0, _segment.Rows.Serial);
        Unsafe.WriteUnaligned(Image.At(0), header);
        Image.Trim();
        return new SealedImage(Image, _places, header);
    }

    /// <summary>New numbers by old ones: 0 for the most frequent term.</summary>
    private uint[] NumberByFrequency()
    {
        var rarity = new uint[_words];
        var terms = new uint[_words];
        for (uint term = 0; term < _words; term++)
        {
            rarity[term] = ~_segment.Terms.Record(term)->Count;
            terms[term] = term;
        }
        Array.Sort(rarity, terms);
        var numbers = rarity;
        for (uint number = 0; number < _words; number++) numbers[terms[number]] = number;
        return numbers;
    }

    private void WriteForwardLists(uint[] numbers)
    {
        var starts = Begin(Section.ForwardStarts);
        Image.Reserve((long)_docs * sizeof(uint));
        End(Section.ForwardStarts, starts);
        var lists = Begin(Section.ForwardLists);
        // Whoever looks for a code looks at the byte before it.
        Image.Pad(1, 1);
        var codes = new byte[(SearchPost.TokensMax * (ForwardCode.LengthMax + 1)) + SearchPost.PositionMax];
        fixed (byte* at = codes)
        {
            for (uint doc = 0; doc < _docs; doc++)
            {
                if ((doc & 0xFFFF) == 0)
                    _cancellation.ThrowIfCancellationRequested();
                var start = Image.Length - lists;
                ((uint*)Image.At(starts))[doc] = checked((uint)start);
                var length = IsDeleted(doc) ? 0 : Recode(doc, numbers, at);
                var to = Image.At(Image.Reserve(ForwardCode.Length((uint)length) + length));
                to += ForwardCode.Write(to, (uint)length);
                new ReadOnlySpan<byte>(at, length).CopyTo(new Span<byte>(to, length));
            }
        }
        End(Section.ForwardLists, lists);
    }

    private int Recode(uint doc, uint[] numbers, byte* to)
    {
        var start = to;
        var codes = _segment.Forward(doc, out var length);
        for (var at = codes; at < codes + length;)
        {
            var code = ForwardCode.Read(ref at);
            to += ForwardCode.Write(
                to, code < ForwardCode.Controls ? code : numbers[code - ForwardCode.Controls] + ForwardCode.Controls);
        }
        return (int)(to - start);
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

    private uint WriteTerms(uint[] sorted, uint[] numbers)
    {
        using var texts = new NativeBuffer();
        var entries = new SealedEntry[sorted.Length];
        var blocks = new uint[(sorted.Length + SealedTerms.BlockLength - 1) / SealedTerms.BlockLength];
        var table = new uint[SealedTerms.SlotsFor((uint)sorted.Length)];
        var postings = Begin(Section.Postings);
        for (var rank = 0; rank < sorted.Length; rank++)
        {
            if ((rank & 0xFFFF) == 0)
                _cancellation.ThrowIfCancellationRequested();
            Prefetch(sorted, rank);
            var term = sorted[rank];
            var docs = Docs(term);
            var place = docs.Length == 1 ? docs[0] : (uint)((Image.Length - postings) / sizeof(uint));
            if (docs.Length > 1)
                PackedDocs.Write(Image, docs);
            var number = (term & IsAuthor) != 0 ? uint.MaxValue : numbers[term];
            entries[rank] = new SealedEntry(number, (uint)docs.Length, place);

            var text = Text(term);
            SealedTerms.Put(table, Hash(text), (uint)rank);
            if (rank % SealedTerms.BlockLength == 0)
                blocks[rank / SealedTerms.BlockLength] = checked((uint)texts.Length);
            var shared = rank % SealedTerms.BlockLength == 0 ? 0 : text.CommonPrefixLength(Text(sorted[rank - 1]));
            texts.Append([(byte)shared, (byte)(text.Length - shared)]);
            texts.Append(text[shared..]);
        }
        End(Section.Postings, postings);
        Write(Section.Entries, MemoryMarshal.AsBytes<SealedEntry>(entries));
        Write(Section.Blocks, MemoryMarshal.AsBytes<uint>(blocks));
        Write(Section.Texts, new ReadOnlySpan<byte>(texts.At(0), checked((int)texts.Length)));
        Write(Section.Table, MemoryMarshal.AsBytes<uint>(table));
        Image.Pad(Alignment, Alignment);
        return (uint)table.Length;
    }

    /// <summary>In the order of their bytes terms lie anywhere in memory: asks for what the next ones need, first where
    /// that is, then that.</summary>
    private void Prefetch(uint[] sorted, int rank)
    {
        if (rank + (2 * PrefetchAhead) < sorted.Length)
            _segment.PrefetchRecord(sorted[rank + (2 * PrefetchAhead)] & ~IsAuthor, IsAuthorAt(2 * PrefetchAhead));
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
            var end = count + read;
            for (var i = count; i < end; i++)
            {
                _docsOfTerm[count] = _docsOfTerm[i];
                count += IsDeleted(_docsOfTerm[i]) ? 0 : 1;
            }
        }
    }

    private bool IsDeleted(uint doc) => (Volatile.Read(ref _segment.Rows.At(doc)->Head) & PostRow.Deleted) != 0;

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
