using Roost.Engine.Search.Queries;
using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>A doc as checks see it.</summary>
internal unsafe ref struct DocView
{
    public uint Doc;

    /// <summary>Only where the check <see cref="DocCheck.NeedsRow"/>, as <see cref="Head"/> is.</summary>
    public PostRow* Row;
    public ulong Head;

    public Segment Segment;
}

/// <summary>A query, or a part of one, made ready for a segment: answers whether a doc matches. Exact.</summary>
internal abstract class DocCheck
{
    /// <summary>Whether it looks at the forward lists of most docs, so that they are worth being asked for before: only
    /// in active segments.</summary>
    public virtual bool NeedsForward => false;

    /// <summary>Asks the processor for what it will look at of some docs.</summary>
    public virtual void Prefetch(ReadOnlySpan<uint> docs) { }

    /// <summary>Whether it looks at the row. What does not is asked before any row is fetched.</summary>
    public virtual bool NeedsRow => true;

    /// <summary><b>Hot path.</b></summary>
    public abstract bool Passes(in DocView doc);
}

/// <summary>All docs, or none.</summary>
internal sealed class ConstantCheck(bool passes) : DocCheck
{
    public static ConstantCheck All { get; } = new(true);

    public static ConstantCheck None { get; } = new(false);

    public override bool NeedsRow => false;

    public override bool Passes(in DocView doc) => passes;
}

internal sealed class TermCheck(ActiveSegment segment, uint term) : DocCheck
{
    private readonly CodePattern _pattern = new(term);

    public override bool NeedsForward => true;

    public override bool NeedsRow => false;

    public override unsafe bool Passes(in DocView doc) =>
        ForwardCode.Contains(segment.Forward(doc.Doc, out var length), length, _pattern);
}

/// <summary>A term of a sealed segment.</summary>
internal sealed class PostingCheck(PlaceCursor cursor) : DocCheck
{
    public override bool NeedsRow => false;

    public override bool Passes(in DocView doc) => cursor.Has(doc.Doc);
}

/// <summary>Some docs, by their numbers.</summary>
/// <param name="docs">Ascending.</param>
internal sealed class DocsCheck(uint[] docs) : DocCheck
{
    public override bool NeedsRow => false;

    public override bool Passes(in DocView doc) => docs.AsSpan().BinarySearch(doc.Doc) >= 0;
}

/// <summary>A frequent term.</summary>
internal sealed class BitsCheck(DocBits bits) : DocCheck
{
    public override bool NeedsRow => false;

    public override bool Passes(in DocView doc) => bits.Has(doc.Doc);
}

/// <summary>Any of many terms.</summary>
/// <param name="bits">The terms' numbers, see <see cref="BitWords"/>.</param>
internal sealed class AnyTermCheck(ActiveSegment segment, ulong[] bits) : DocCheck
{
    public override bool NeedsForward => true;

    public override bool NeedsRow => false;

    public override unsafe bool Passes(in DocView doc)
    {
        var numbers = (uint)bits.Length * BitWords.WordLength;
        var reader = new ForwardReader(segment.Forward(doc.Doc, out var length), length);
        while (reader.MoveNext())
        {
            if (reader.Term < numbers && BitWords.Has(bits, reader.Term))
                return true;
        }
        return false;
    }
}

internal sealed class AllCheck(DocCheck[] parts) : DocCheck
{
    public override bool NeedsForward { get; } = parts.Any(part => part.NeedsForward);

    public override bool NeedsRow { get; } = parts.Any(part => part.NeedsRow);

    public override bool Passes(in DocView doc)
    {
        foreach (var part in parts)
        {
            if (!part.Passes(doc))
                return false;
        }
        return true;
    }
}

/// <param name="parts">Those that look at terms last: mostly the others have passed before.</param>
internal sealed class AnyCheck(DocCheck[] parts) : DocCheck
{
    public override bool NeedsForward { get; } = parts is [{ NeedsForward: true }, ..];

    public override bool NeedsRow { get; } = parts.Any(part => part.NeedsRow);

    public override bool Passes(in DocView doc)
    {
        foreach (var part in parts)
        {
            if (part.Passes(doc))
                return true;
        }
        return false;
    }
}

internal sealed class NotCheck(DocCheck part) : DocCheck
{
    public override bool NeedsForward => part.NeedsForward;

    public override bool NeedsRow => part.NeedsRow;

    public override bool Passes(in DocView doc) => !part.Passes(doc);
}

internal sealed unsafe class AuthorCheck(int author) : DocCheck
{
    public override bool Passes(in DocView doc) => doc.Row->Author == author;
}

internal sealed unsafe class PostsCheck(NodeList<uint> seqs) : DocCheck
{
    public override bool Passes(in DocView doc) => seqs.Span.BinarySearch(doc.Row->Seq) >= 0;
}

internal sealed class LanguageCheck(PostRows rows, LanguageCode language) : DocCheck
{
    private readonly uint _number = rows.Languages.Find(language);

    public override bool Passes(in DocView doc) => PostRow.LanguageNumber(doc.Head) == _number
        && (_number != RowLanguages.Other || PostRow.Language(rows.Live(doc.Doc)) == language);
}

internal sealed class FlagsCheck(PostFlags flags) : DocCheck
{
    public override bool Passes(in DocView doc) => (PostRow.Flags(doc.Head) & flags) == flags;
}

internal sealed class TimeCheck(long from, long until) : DocCheck
{
    public override bool Passes(in DocView doc) =>
        PostRow.Milliseconds(doc.Head) >= from && PostRow.Milliseconds(doc.Head) < until;
}
