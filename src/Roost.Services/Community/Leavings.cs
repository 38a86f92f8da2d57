using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.AnnualReports;
using Roost.Services.Collections;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Services.Scheduled;
using Roost.Services.Users;

namespace Roost.Services.Community;

/// <summary>The services in which an account leaves something.</summary>
public sealed record RemovalPeers(
    UsersApi Users, ModerationApi Moderation, GraphApi Graph, RelationsApi Relations, ListsApi Lists, PostsApi Posts)
{
    public required MarksApi Marks { get; init; }

    public required TagsApi Tags { get; init; }

    public required ScheduledApi Scheduled { get; init; }

    public required FiltersApi Filters { get; init; }

    public required MediaApi Media { get; init; }

    public required CollectionsApi Collections { get; init; }

    public required AnnualReportsApi AnnualReports { get; init; }
}

/// <summary>What one account leaves, and its removal: every step passes over what is gone already.</summary>
internal sealed class Leavings(RemovalPeers peers)
{
    private const int BatchSize = 256;
    private const int PageSize = 80;
    private const int ScheduledPageSize = 40;

    public async Task RemoveAsync(Account gone, Call call)
    {
        var account = gone.Id;
        await RemoveScheduledAsync(account, call);
        await RemovePostsAsync(account, call);
        await RemoveMarksAsync(account, call);
        await RemoveTiesAsync(account, call);
        await RemoveChoicesAsync(account, call);
        await peers.Collections.Erase(new EraseCollections(account), call);
        await peers.AnnualReports.Erase(new EraseReports(account), call);
        foreach (var picture in (Picture?[])[gone.Profile.Avatar, gone.Profile.Header])
        {
            if (picture is not null)
                await peers.Media.Delete(new DeleteMedia(account, picture.MediaId, OfProfile: true), call);
        }
        await peers.Moderation.Erase(new EraseAccount(account), call);
    }

    /// <summary>First of all, so that none comes while its posts are taken away.</summary>
    private async Task RemoveScheduledAsync(AccountId account, Call call)
    {
        while (true)
        {
            var page = await peers.Scheduled.List(new ListScheduled(account, 0, 0, false, ScheduledPageSize), call);
            var ended = false;
            foreach (var post in page.Posts)
                ended |= await peers.Scheduled.Cancel(new CancelScheduled(account, post.Id), call);
            if (!ended) return;
        }
    }

    private async Task RemovePostsAsync(AccountId account, Call call)
    {
        var own = SortedIds.FromSorted([account.Value]);
        for (var below = 0u; ;)
        {
            var refs = await peers.Posts.Newest(
                new NewestPosts(own, default, below, 0, false, BatchSize), call);
            if (refs.Length == 0) return;
            // Side by side: they share their group commits.
            await Task.WhenAll(refs.Select(one => DeleteAsync(one).AsTask()));
            below = refs[^1].Seq;
        }

        ValueTask<Post?> DeleteAsync(PostRef one) =>
            peers.Posts.Delete(new DeletePost(account, one.Id, WithMedia: true), call);
    }

    private async Task RemoveMarksAsync(AccountId account, Call call)
    {
        await EachAsync(
            MarkedKind.Favourites, post => peers.Posts.Unfavourite(new UnfavouritePost(account, post), call));
        await EachAsync(
            MarkedKind.Bookmarks,
            post => peers.Marks.Mark(new MarkPost(account, post, PostMark.Bookmark, IsSet: false), call));

        async Task EachAsync(MarkedKind kind, Func<PostId, ValueTask<bool>> end)
        {
            for (var before = 0L; ;)
            {
                var page = await peers.Marks.Marked(
                    new ListMarked(account, kind, new RelationRange(Before: before, Limit: PageSize)), call);
                if (page.Items.Count == 0) return;
                await Task.WhenAll(page.Items.Select(item => end(item.Post.Id).AsTask()));
                before = page.Items[^1].Id;
            }
        }
    }

    private async Task RemoveTiesAsync(AccountId account, Call call)
    {
        var graph = peers.Graph;
        var followees = (await graph.Followees(new GetFollowees(account), call)).Ids;
        await EachAsync(followees, other => graph.Unfollow(new Unfollow(account, other), call));
        var followers = await graph.Followers(new GetFollowers(account), call);
        await EachAsync(followers, other => graph.Unfollow(new Unfollow(other, account), call));
        await EachRelationAsync(
            account, RelationKind.Blocks, other => peers.Relations.Unblock(new Unblock(account, other), call), call);
        await EachRelationAsync(
            account, RelationKind.Mutes, other => peers.Relations.Unmute(new Unmute(account, other), call), call);
        await EachRelationAsync(
            account, RelationKind.Requests,
            other => peers.Relations.Answer(new AnswerRequest(account, other, IsAccepted: false), call), call);
    }

    private async Task RemoveChoicesAsync(AccountId account, Call call)
    {
        foreach (var list in await peers.Lists.All(new GetLists(account), call))
            await peers.Lists.End(new EndList(account, list.Id), call);
        foreach (var filter in await peers.Filters.All(new ListFilters(account), call))
            await peers.Filters.End(new EndFilter(account, filter.Id), call);
        var tags = await peers.Tags.Of(new GetTagTies(account), call);
        foreach (var tag in tags.Followed)
            await peers.Tags.Follow(new FollowTag(account, tag.Name, IsFollowed: false), call);
        foreach (var tag in tags.Featured)
            await peers.Tags.Feature(new FeatureTag(account, tag.Name, IsFeatured: false), call);
    }

    private static async Task EachAsync(SortedIds ids, Func<AccountId, ValueTask<bool>> end)
    {
        foreach (var batch in ids.ToArray().Chunk(BatchSize))
            await Task.WhenAll(batch.Select(id => end(new AccountId(id)).AsTask()));
    }

    private async Task EachRelationAsync(
        AccountId account, RelationKind kind, Func<AccountId, ValueTask<bool>> end, Call call)
    {
        while (true)
        {
            var page = await peers.Relations.List(
                new ListRelations(account, kind, new RelationRange(Limit: PageSize)), call);
            if (page.Items.Count == 0) return;
            var ended = await Task.WhenAll(page.Items.Select(item => end(item.Account).AsTask()));
            if (!Array.Exists(ended, one => one)) return;
        }
    }
}
