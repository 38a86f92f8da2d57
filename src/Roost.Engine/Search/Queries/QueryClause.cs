namespace Roost.Engine.Search.Queries;

/// <summary>
/// A query as somebody typed it: names are still names, dates still dates. <see cref="QueryParser"/> makes it from
/// text, <see cref="QueryBinder"/> makes what the index runs of it. Compared by value; printing it gives a query that
/// reads back to the same.
/// </summary>
public abstract record QueryClause
{
    private protected QueryClause() { }

    public sealed override string ToString() => Print();

    /// <summary>The query language's text for it.</summary>
    protected abstract string Print();

    /// <summary>The same where what stands beside it binds tighter than OR.</summary>
    private protected static string Tight(QueryClause clause) =>
        clause is AnyClause ? $"({clause})" : clause.ToString();
}

/// <summary>A word, hashtag, mention, cashtag or link, as typed.</summary>
/// <param name="IsPrefix">Whether <c>*</c> follows.</param>
public sealed record WordClause(string Text, bool IsPrefix) : QueryClause
{
    protected override string Print() => IsPrefix ? Text + "*" : Text;
}

/// <summary>Words between quotes, found in that order.</summary>
public sealed record PhraseClause(string Text) : QueryClause
{
    protected override string Print() => $"\"{Text}\"";
}

/// <summary><c>from:ann</c>, <c>has:media</c>.</summary>
/// <param name="Value">As <see cref="QueryField"/> says; valid for the field.</param>
public sealed record FieldClause(QueryField Field, string Value) : QueryClause
{
    protected override string Print() => $"{Field.Name}:{Value}";
}

public sealed record NotClause(QueryClause Part) : QueryClause
{
    protected override string Print() => Part is AllClause ? $"-({Part})" : "-" + Tight(Part);
}

/// <summary>All of these; at least two, none of them an <see cref="AllClause"/>.</summary>
public sealed record AllClause(NodeList<QueryClause> Parts) : QueryClause
{
    protected override string Print() => string.Join(' ', Parts.Select(Tight));
}

/// <summary>At least one of these; at least two, none of them an <see cref="AnyClause"/>.</summary>
public sealed record AnyClause(NodeList<QueryClause> Parts) : QueryClause
{
    protected override string Print() => string.Join(" OR ", Parts);
}
