using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Graph;

/// <summary>What the Graph service can be asked about hashtags: which ones an account follows, so that public posts
/// with them are on its home timeline, and which ones it shows on its profile. Names come without <c>#</c>; case and
/// accents make no difference.</summary>
public sealed record TagsApi(
    Service<FollowTag, TagTie?> Follow,
    Service<FeatureTag, TagTie?> Feature,
    Service<ListFollowedTags, TagPage> Followed,
    Service<GetTagTies, TagTies> Of,
    Service<GetTagFollowers, SortedIds[]> Followers);

/// <summary>Follows a hashtag or ends that; doing either twice is doing it once. The reply is null when it is not
/// followed then.</summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: too many.</exception>
public sealed record FollowTag(AccountId Account, string Name, bool IsFollowed)
{
    /// <summary>Each is looked for at every read of the home timeline.</summary>
    public const int TagsMax = 200;
}

/// <summary>Shows a hashtag on the account's profile, or ends that. As <see cref="FollowTag"/>.</summary>
public sealed record FeatureTag(AccountId Account, string Name, bool IsFeatured)
{
    public const int TagsMax = 10;
}

/// <param name="Id">The tie's own, to page by.</param>
/// <param name="Key">The folded name.</param>
/// <param name="Name">As it was written.</param>
public sealed record TagTie(long Id, string Key, string Name);

/// <summary>A page of the hashtags that an account follows, newest first.</summary>
public sealed record ListFollowedTags(AccountId Account, RelationRange Range);

/// <param name="Items">As in <see cref="RelationPage"/>.</param>
public sealed record TagPage(IReadOnlyList<(long Id, string Name)> Items, bool HasMore);

/// <summary>Who follows each of some hashtags. The reply has a set for each, in order.</summary>
/// <param name="Keys">Folded names; null for one set, of those who follow any hashtag.</param>
public sealed record GetTagFollowers(IReadOnlyList<string>? Keys);

/// <summary>All at once, from memory.</summary>
public sealed record GetTagTies(AccountId Account);

/// <param name="Followed">Oldest first; so is <paramref name="Featured"/>.</param>
public sealed record TagTies(IReadOnlyList<TagTie> Followed, IReadOnlyList<TagTie> Featured)
{
    public static TagTies None { get; } = new([], []);

    public bool IsFollowing(string key) => Followed.Any(tie => tie.Key == key);

    public bool IsFeaturing(string key) => Featured.Any(tie => tie.Key == key);
}
