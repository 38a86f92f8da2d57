using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;

namespace Roost.Services.Timelines;

/// <summary>Outlines for processes elsewhere (<see cref="TimelinesApi.HomeOutline"/> and
/// <see cref="TimelinesApi.Outline"/>), without the accounts that these have from before.</summary>
public sealed record OutlinesApi(Service<HomeTimeline, StampedPage> Home, Service<HydratePosts, StampedPage?> Of);

/// <summary>As <see cref="OutlinedPage"/>, but of the authors only which they are.</summary>
public sealed record StampedPage(PostOutline[] Posts, AuthorStamp[] Authors, FollowCounts[] Follows, bool HasOlder)
{
    /// <summary>As <see cref="OutlinedPage.Filtered"/>.</summary>
    public TimelinePage? Filtered { get; init; }
}

/// <param name="Stamp">As <see cref="Users.Account.Stamp"/>.</param>
public readonly record struct AuthorStamp(AccountId Account, long Stamp);
