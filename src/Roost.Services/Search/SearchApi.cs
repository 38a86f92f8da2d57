using Roost.Engine.Ids;
using Roost.Engine.Sketches;
using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Services.Search;

/// <summary>What the Search service can be asked: what is talked about, and who is there.</summary>
public sealed record SearchApi(
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

/// <summary>Answers when everything posted before the call has been taken in.</summary>
public sealed record AwaitIngest;

/// <param name="Processed">Newest seq of the post feed that has been taken in.</param>
public sealed record IngestStatus(uint Processed);
