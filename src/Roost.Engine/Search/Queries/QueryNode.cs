using Roost.Engine.Ids;

namespace Roost.Engine.Search.Queries;

/// <summary>
/// What a search looks for, as a tree. The query language makes it; the index runs it; code may build it by hand. Terms
/// are as the tokenizer made them: folded, UTF-8, their kind told by the first byte (<c>#</c> hashtag, <c>@</c>
/// mention, <c>$</c> cashtag, anything else a word). The index compares bytes and knows nothing of kinds.
/// </summary>
/// <remarks>Immutable; compared by value.</remarks>
public abstract record QueryNode
{
    private protected QueryNode() { }
}

/// <summary>Posts that have this term.</summary>
public sealed record TermNode(SearchTerm Term) : QueryNode;

/// <summary>
/// Posts that have a term beginning with these bytes; those of the kind in the first byte only, so <c>#li</c> finds
/// <c>#library</c> and not <c>library</c>.
/// </summary>
public sealed record PrefixNode(SearchTerm Prefix) : QueryNode;

/// <summary>
/// Posts that have all these terms, each at its offset from one common position: <c>"new york"</c> is new at 0, york at
/// 1. Offsets need not be dense: what the tokenizer gives one position, such as a hashtag and its words, shares an
/// offset.
/// </summary>
public sealed record PhraseNode(NodeList<PhraseTerm> Terms) : QueryNode;

/// <param name="Offset">From the phrase's first position, 0 and up.</param>
public readonly record struct PhraseTerm(SearchTerm Term, int Offset);

/// <summary>Posts that all parts match; every post if there are none.</summary>
public sealed record AndNode(NodeList<QueryNode> Parts) : QueryNode
{
    public static AndNode All { get; } = new([]);
}

/// <summary>Posts that at least one part matches; no post if there are none.</summary>
public sealed record OrNode(NodeList<QueryNode> Parts) : QueryNode;

/// <summary>Posts that the part does not match.</summary>
public sealed record NotNode(QueryNode Part) : QueryNode;

/// <summary>Posts by this account.</summary>
public sealed record AuthorNode(AccountId Author) : QueryNode;

/// <summary>Posts of these places in the log.</summary>
/// <param name="Seqs">Ascending.</param>
public sealed record PostsNode(NodeList<uint> Seqs) : QueryNode;

/// <summary>Posts in this language.</summary>
public sealed record LanguageNode(LanguageCode Language) : QueryNode;

/// <summary>Posts that have all these flags.</summary>
public sealed record FlagsNode(PostFlags Flags) : QueryNode;

/// <summary>
/// Posts of this time: <c>after:</c>, <c>before:</c>, <c>during:</c>. Unix milliseconds; <see langword="long"/>'s
/// smallest and largest value mean no bound.
/// </summary>
/// <param name="From">The first millisecond that counts.</param>
/// <param name="Until">The first that does not count any more.</param>
public sealed record TimeNode(long From, long Until) : QueryNode;
