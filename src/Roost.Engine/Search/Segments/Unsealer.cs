namespace Roost.Engine.Search.Segments;

/// <summary>
/// Adds a sealed segment's posts to an active one, so that it grows on: terms out of posting lists, for so many docs at
/// a time, rows as they are. Docs keep their numbers. Some 2 µs a post.
/// </summary>
internal sealed unsafe class Unsealer : IDisposable
{
    private const uint GroupDocs = 1 << 16;

    private readonly SealedSegment _from;
    private readonly NativeBuffer _texts = new();

    /// <summary>Those that are not single.</summary>
    private readonly List<OneTerm> _terms = [];

    /// <summary>Single ones, by doc.</summary>
    private readonly OneToken[] _singles;

    /// <summary>The tokens of a group of docs as they are found, and where each doc's begin when they are
    /// sorted.</summary>
    private readonly List<OneToken> _found = [];
    private readonly int[] _starts = new int[GroupDocs + 1];
    private OneToken[] _sorted = [];
    private int _singlesDone;

    private Unsealer(SealedSegment from)
    {
        _from = from;
        var singles = new List<OneToken>();
        Span<byte> text = stackalloc byte[SearchTerm.LengthMax];
        var reader = from.Terms.At(0);
        while (reader.MoveNext(text))
        {
            var term = from.Terms[reader.Rank];
            if (text[0] == AuthorTerm.Kind || term.Count == 0)
                continue;
            var place = checked((int)_texts.Length);
            _texts.Append(text[..reader.Length]);
            if (term.IsSingle)
                singles.Add(new OneToken((uint)term.Postings, new TermToken(place, reader.Length, term.Position)));
            else
                _terms.Add(new OneTerm(term, place, reader.Length));
        }
        _singles = [.. singles.OrderBy(single => single.Doc)];
    }

    /// <param name="hasRoom">Asked now and then whether to go on.</param>
    /// <returns>Whether all were added.</returns>
    public static bool Run(SealedSegment from, ActiveSegment to, Func<bool> hasRoom, CancellationToken cancellation)
    {
        using var unsealer = new Unsealer(from);
        return unsealer.Run(to, hasRoom, cancellation);
    }

    public void Dispose() => _texts.Dispose();

    private bool Run(ActiveSegment to, Func<bool> hasRoom, CancellationToken cancellation)
    {
        var texts = new ReadOnlySpan<byte>(_texts.At(0), checked((int)_texts.Length));
        var tokens = new TermToken[SearchPost.TokensMax];
        for (uint first = 0; first < _from.Rows.Count; first += GroupDocs)
        {
            var count = Math.Min(GroupDocs, _from.Rows.Count - first);
            Gather(first, count);
            for (uint i = 0; i < count; i++)
            {
                if ((i & 0xFFF) == 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (!hasRoom())
                        return false;
                }
                var own = _sorted.AsSpan(_starts[i], _starts[i + 1] - _starts[i]);
                own.Sort(static (one, other) => one.Token.Position.CompareTo(other.Token.Position));
                var bytes = 0;
                for (var token = 0; token < own.Length; token++)
                {
                    tokens[token] = own[token].Token;
                    bytes += own[token].Token.Length;
                }
                if (!to.HasRoom(own.Length, bytes))
                    return false;
                to.AddAgain(_from.Rows, first + i, texts, tokens.AsSpan(0, own.Length));
            }
        }
        return true;
    }

    /// <summary>Finds the tokens of some docs, and sorts them by doc.</summary>
    private void Gather(uint first, uint count)
    {
        _found.Clear();
        foreach (var term in _terms)
        {
            if (_from.BitsOf(term.Term) is { IsNone: false } bits)
                AddOfBits(term, bits, first, count);
            else
                AddOfList(term, first, count);
        }
        for (; _singlesDone < _singles.Length && _singles[_singlesDone].Doc < first + count; _singlesDone++)
            _found.Add(_singles[_singlesDone]);
        _starts.AsSpan().Clear();
        foreach (var one in _found) _starts[one.Doc - first + 1]++;
        for (var i = 1; i < _starts.Length; i++) _starts[i] += _starts[i - 1];
        if (_sorted.Length < _found.Count)
            _sorted = new OneToken[_found.Count];
        // Filled from each doc's end, which brings what says where it ends to its beginning.
        for (var i = _found.Count - 1; i >= 0; i--) _sorted[--_starts[_found[i].Doc - first + 1]] = _found[i];
        for (var i = 0; i < GroupDocs; i++) _starts[i] = _starts[i + 1];
        _starts[GroupDocs] = _found.Count;
    }

    private void AddOfBits(OneTerm term, DocBits bits, uint first, uint count)
    {
        Span<uint> docs = stackalloc uint[PostingWalk.BlockLength];
        var below = first + count;
        for (var read = bits.Read(ref below, docs); read > 0 && docs[0] >= first; read = bits.Read(ref below, docs))
        {
            foreach (var doc in docs[..read])
            {
                if (doc >= first)
                    Add(term, doc, _from.Lists.Places(term.Term, bits, doc));
            }
        }
    }

    private void AddOfList(OneTerm term, uint first, uint count)
    {
        var list = SealedSegment.ListOf(term.Term);
        var blocks = PackedDocs.Blocks(term.Term.Count);
        Span<uint> docs = stackalloc uint[PackedDocs.BlockLength];
        var newest = PackedDocs.BlockOf(list, term.Term.Count, first + count - 1);
        for (var block = (uint)Math.Max(0, newest); block < blocks; block++)
        {
            if (PackedDocs.Newest(list, block) < first)
                return;
            var own = docs[..PackedDocs.LengthOf(term.Term.Count, block)];
            PackedDocs.Read(list, term.Term.Count, block, own);
            for (var i = 0; i < own.Length; i++)
            {
                if (own[i] >= first && own[i] < first + count)
                {
                    var index = (block * PackedDocs.BlockLength) + (uint)i;
                    Add(term, own[i], PackedDocs.PlacesOf(list, term.Term.Count, index));
                }
            }
        }
    }

    private void Add(OneTerm term, uint doc, DocPlaces places)
    {
        if (places.Codes == null)
        {
            _found.Add(new OneToken(doc, new TermToken(term.Start, term.Length, places.Position)));
            return;
        }
        var codes = places.Codes;
        var (goesOn, position) = (true, 0);
        while (goesOn)
        {
            goesOn = PlaceCode.Read(ref codes, out var step);
            position += step;
            _found.Add(new OneToken(doc, new TermToken(term.Start, term.Length, position)));
        }
    }

    /// <param name="Start">Of its text.</param>
    private readonly record struct OneTerm(SegmentTerm Term, int Start, int Length);

    private readonly record struct OneToken(uint Doc, TermToken Token);
}
