using Roost.Engine.Ids;
using Roost.Engine.Search;
using Roost.Engine.Search.Queries;
using Roost.Engine.Sketches;
using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Services.Search;

/// <summary>What the Search service can be asked: what was said, what is talked about, and who is there.</summary>
public sealed record SearchApi(
    Service<FindPosts, FoundPosts> Posts,
    Service<FindTagged, FoundPosts> Tagged,
    Service<FindLinked, FoundPosts> Linked,
    Service<CountTagged, TaggedCount> CountTagged,
    Service<ReadQuery, QueryRead> Query,
    Service<MatchPosts, IReadOnlyList<int>[]> Matching,
    Service<FindPeople, AccountId[]> People,
    Service<FindTags, TagUses[]> Tags,
    Service<GetTagUses, TagUses> Tag,
    Service<GetTrends, TagUses[]> TrendingTags,
    Service<GetTrends, LinkUses[]> TrendingLinks,
    Service<GetTrends, PostRef[]> TrendingPosts,
    Service<AwaitIngest, IngestStatus> Ingested);

/// <summary>
/// Accounts whose username, or a word of whose display name, begins with each word of the query. Those whose username
/// is the query come first, then those whom the viewer follows, then the others; the more followers the earlier. Those
/// who block the viewer are not there.
/// </summary>
/// <param name="Viewer">Nobody for strangers.</param>
/// <param name="Text">Words; <c>@name</c> means usernames only.</param>
/// <param name="Following">Only those whom the viewer follows.</param>
/// <param name="Limit">1 to 80.</param>
public sealed record FindPeople(AccountId Viewer, string Text, bool Following, int Offset, int Limit);

/// <summary>Hashtags in use lately that begin with a text, those used most this week first.</summary>
/// <param name="Text">With or without <c>#</c>.</param>
public sealed record FindTags(string Text, int Offset, int Limit);

/// <summary>One hashtag's uses; zeros when nobody used it lately.</summary>
/// <param name="Name">Without <c>#</c>, whatever its case.</param>
public sealed record GetTagUses(string Name);

/// <summary>What rises now, the most first.</summary>
/// <param name="Limit">1 to 40.</param>
public sealed record GetTrends(int Offset, int Limit);

/// <param name="Name">As it was last written, without <c>#</c>.</param>
/// <param name="Days">Today (UTC) and the six days before.</param>
public sealed record TagUses(string Name, IReadOnlyList<DayUse> Days);

/// <param name="Url">With scheme, without the part after <c>#</c>.</param>
public sealed record LinkUses(string Url, IReadOnlyList<DayUse> Days);

/// <summary>Answers when everything posted before the call has been taken in by this process; not by shards elsewhere,
/// for which <see cref="SearchRange.WaitMax"/> is.</summary>
/// <param name="AtMost">Not later than after this time, and at once when there is more to do than that will take; null
/// for as long as it takes.</param>
public sealed record AwaitIngest(TimeSpan? AtMost = null)
{
    /// <summary>Whether trends shall have been told what was said before the start, too.</summary>
    public bool WithTrends { get; init; }
}

/// <param name="Processed">Newest seq of the post feed that has been taken in.</param>
public sealed record IngestStatus(uint Processed);

/// <summary>Posts that match a query, newest first.</summary>
/// <param name="Viewer">Nobody for strangers.</param>
/// <param name="Text">In the query language: <see cref="QueryParser"/>.</param>
/// <param name="Author">Only this account's, or <c>default</c>.</param>
public sealed record FindPosts(AccountId Viewer, string Text, AccountId Author, SearchRange Range)
{
    /// <summary>What cannot be read as a query is looked for by its words, and is no error.</summary>
    public bool WordsOtherwise { get; init; }
}

/// <summary>A query made ready for <see cref="MatchPosts"/>. Names, and what is in one's library, mean what they do
/// now.</summary>
/// <param name="Viewer">Nobody for strangers.</param>
public sealed record ReadQuery(AccountId Viewer, string Text);

/// <param name="Query">Null when there is an error.</param>
public sealed record QueryRead(QueryNode? Query, QueryError? Error);

/// <summary>For each post the places of those queries that it matches, whoever may see it.</summary>
public sealed record MatchPosts(IReadOnlyList<QueryNode> Queries, IReadOnlyList<Post> Posts);

/// <summary>Public posts that have any of some hashtags, all of others, and none of the last.</summary>
public sealed record FindTagged(
    AccountId Viewer, IReadOnlyList<string> Any, IReadOnlyList<string> All, IReadOnlyList<string> None, bool OnlyMedia,
    SearchRange Range)
{
    /// <summary>Only this account's, and then not only public ones: who may see them, hydration tells. Else
    /// <c>default</c>.</summary>
    public AccountId Author { get; init; }
}

/// <summary>Public posts with the words of a link one behind the other: that it is this very link, the caller has to
/// see.</summary>
public sealed record FindLinked(string Url, SearchRange Range);

/// <summary>How many public posts of an account have a hashtag.</summary>
public sealed record CountTagged(AccountId Author, string Tag);

/// <param name="LastOn">Day (UTC) of the newest, or null.</param>
public sealed record TaggedCount(int Posts, DateOnly? LastOn);

/// <param name="Before">Only posts below this id; <c>default</c> for all.</param>
/// <param name="After">Only posts above this id; <c>default</c> for all.</param>
/// <param name="Oldest">The page just above <paramref name="After"/>, not the newest one.</param>
/// <param name="Below">In place of <paramref name="Before"/>: what <see cref="FoundPosts.Next"/> was.</param>
public sealed record SearchRange(
    PostId Before = default, PostId After = default, bool Oldest = false, int Offset = 0, int Limit = 20,
    SearchKey? Below = null)
{
    /// <summary>
    /// Not the newest but what matters most: recent, answered, boosted, made a favourite (<see cref="Relevance"/>).
    /// <see cref="Oldest"/> means nothing then.
    /// </summary>
    public bool ByRelevance { get; init; }

    /// <summary>How long, at most, is waited until what was posted before the call is in the index; default: not at
    /// all. Nor is for what will take seconds, as after a start.</summary>
    public TimeSpan WaitMax { get; init; }

    /// <summary>By relevance, what <see cref="FoundPosts.NextRanked"/> was; null for the first page.</summary>
    public Relevance? Ranked { get; init; }
}

/// <summary>What was found, or what is wrong with the query.</summary>
/// <param name="Refs">Newest first, by seq, or the most relevant first.</param>
/// <param name="Next">Newest first: where the next page begins, or null at the end.</param>
/// <param name="IsPartial">Not everything could be looked at in time.</param>
public sealed record FoundPosts(IReadOnlyList<PostRef> Refs, SearchKey? Next, bool IsPartial, QueryError? Error)
{
    public static FoundPosts Nothing { get; } = new([], null, false, null);

    /// <summary>By relevance: how the next page is asked for, or null at the end.</summary>
    public Relevance? NextRanked { get; init; }

    /// <summary>Whether there is no next page.</summary>
    public bool IsEnd => Next is null && NextRanked is null;

    public static FoundPosts Wrong(QueryError error) => new([], null, false, error);
}
