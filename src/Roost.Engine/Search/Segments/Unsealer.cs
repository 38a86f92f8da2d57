namespace Roost.Engine.Search.Segments;

/// <summary>
/// Adds a sealed segment's posts to an active one, so that it grows on: terms out of forward lists, rows as they are.
/// Docs keep their numbers. Some 2 µs a post.
/// </summary>
internal sealed unsafe class Unsealer : IDisposable
{
    private readonly SealedSegment _from;
    private readonly NativeBuffer _texts = new();

    /// <summary>By a term's number: where it is in <see cref="_texts"/>, and how long. Behind them the
    /// <see cref="SealedSingles"/>, by doc and by their place there.</summary>
    private readonly (int Start, int Length)[] _places;

    /// <summary>By doc, where its singles begin in <see cref="_places"/>.</summary>
    private readonly uint[] _singles;

    private Unsealer(SealedSegment from)
    {
        _from = from;
        _singles = PlaceSingles();
        _places = new (int, int)[_singles[^1]];
        Span<byte> text = stackalloc byte[SearchTerm.LengthMax];
        var reader = from.Terms.At(0);
        while (reader.MoveNext(text))
        {
            var term = from.Terms[reader.Rank];
            if (text[0] == AuthorTerm.Kind || term.Count == 0)
                continue;
            _places[Index(term.Number, (uint)term.Postings)] = (checked((int)_texts.Length), reader.Length);
            _texts.Append(text[..reader.Length]);
        }
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
        for (uint doc = 0; doc < _from.Rows.Count; doc++)
        {
            if ((doc & 0xFFF) == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                if (!hasRoom())
                    return false;
            }
            var (count, bytes) = (0, 0);
            var reader = new ForwardReader(_from.Forward(doc, out var length), length);
            while (reader.MoveNext())
            {
                var (start, termLength) = _places[Index(reader.Term, doc)];
                tokens[count++] = new TermToken(start, termLength, reader.Position);
                bytes += termLength;
            }
            if (!to.HasRoom(count, bytes))
                return false;
            to.AddAgain(_from.Rows, doc, texts, tokens.AsSpan(0, count));
        }
        return true;
    }

    private uint[] PlaceSingles()
    {
        var (severalEnd, counts) = (0u, new uint[_from.Rows.Count + 1]);
        for (uint rank = 0; rank < _from.Terms.Count; rank++)
        {
            var term = _from.Terms[rank];
            if (term is { IsSingle: true, Count: > 0 })
                counts[term.Postings]++;
            else if (term.Number < SealedEntry.NoNumber)
                severalEnd = Math.Max(severalEnd, term.Number + 1);
        }
        // Single authors are counted too: their places stay empty.
        var start = severalEnd;
        for (var doc = 0; doc < counts.Length; doc++) (counts[doc], start) = (start, start + counts[doc]);
        return counts;
    }

    private uint Index(uint number, uint doc) =>
        number < ForwardCode.FirstSingle ? number : _singles[doc] + (number - ForwardCode.FirstSingle);
}
