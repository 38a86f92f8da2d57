using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Posts;

/// <summary>
/// Many posts and boosts at once, each under the rules of <see cref="PostsApi.Create"/> and
/// <see cref="PostsApi.Boost"/>, all that are good in one group commit and in this order. The reply has one for each
/// item: what was made, or why this item was refused. A refused item leaves the others as they are.
/// </summary>
/// <param name="Items">At most <see cref="ItemsMax"/>, whose texts together take at most
/// <see cref="BytesMax"/>.</param>
/// <exception cref="ServiceException">Nothing of the batch was stored. <see cref="ErrorCode.Invalid"/>: it is too
/// large. Else what the log refuses appends with, as <see cref="ErrorCode.StorageFull"/>.</exception>
public sealed record CreatePosts(IReadOnlyList<BatchItem> Items)
{
    public const int ItemsMax = 65_536;

    /// <summary>As stored: UTF-8, and some 25 bytes a post besides.</summary>
    public const int BytesMax = 16 << 20;
}

/// <summary>A post or a boost of a <see cref="CreatePosts"/>: one of the two is given.</summary>
/// <param name="About">
/// Index of an earlier item of the batch that this one answers or boosts, whose id nobody knows yet; -1 for none. The
/// request's own id is <c>default</c> then. A followers-only post can be answered so by its author alone: others send
/// their answer later, by its id.
/// </param>
public readonly record struct BatchItem(CreatePost? Post, BoostPost? Boost, int About)
{
    /// <summary>A post; with <paramref name="answers"/> an answer to an earlier item.</summary>
    public static BatchItem Of(CreatePost post, int answers = -1) => new(post, null, answers);

    /// <summary>A boost of a post that is there.</summary>
    public static BatchItem Of(BoostPost boost) => new(null, boost, -1);

    /// <summary>A boost of an earlier item.</summary>
    public static BatchItem BoostOf(int item, AccountId account) => new(null, new BoostPost(account, default), item);
}

/// <summary>What became of an item.</summary>
/// <param name="Ref">The post or boost: the one made, or the earlier one that the item repeats; <c>default</c> when
/// refused.</param>
/// <param name="Refusal">What a single request would have failed with, or null.</param>
public readonly record struct CreatedPost(PostRef Ref, ServiceException? Refusal);
