using Microsoft.Extensions.Logging;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Collections;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Services.Community;

/// <summary>The services in which an account leaves something.</summary>
public sealed record RemovalPeers(
    UsersApi Users, ModerationApi Moderation, GraphApi Graph, RelationsApi Relations, ListsApi Lists, PostsApi Posts)
{
    /// <summary>Null where there are none.</summary>
    public CollectionsApi? Collections { get; init; }
}

/// <summary>
/// Removes what accounts leave that are being deleted (<see cref="Standing.Deleting"/>):
/// <list type="number">
/// <item>its posts and boosts;</item>
/// <item>whom it follows and who follows it, its blocks, mutes and lists;</item>
/// <item>its profile, address and password, after which it is <see cref="Standing.Deleted"/>.</item>
/// </list>
/// What was decided is in the account's row, so a removal that was cut off is gone on with after the next start; every
/// step passes over what is gone already.
/// </summary>
public sealed class Removals(RemovalPeers peers, TimeProvider time, ILogger<Removals> logger) : IAsyncDisposable
{
    private const int BatchSize = 256;

    private const int AccountsPerTurn = 1_000;

    private readonly Bell _bell = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _turn = new(1);
    private Task _running = Task.CompletedTask;

    /// <summary>Removes what an earlier run left, and from now on what <see cref="Heeding"/> hears of.</summary>
    public void Start() => _running = Background.RunAsync("removals", RunAsync, time, logger, _stopping.Token);

    /// <summary>The function that decides on accounts, so that whom it begins to delete is removed.</summary>
    public Service<ChangeStanding, Account?> Heeding(Service<ChangeStanding, Account?> change) =>
        async (request, call) =>
        {
            var changed = await change(request, call);
            if (request.Standing == Standing.Deleting) _bell.Ring();
            return changed;
        };

    /// <summary>Removes all that wait; answers when they are gone.</summary>
    public async Task RemoveAllAsync(CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            var call = Call.Until(ct);
            IReadOnlyList<AccountRecord> waiting;
            do
            {
                waiting = await peers.Moderation.List(
                    new ListAccounts([Standing.Deleting], Limit: AccountsPerTurn), call);
                foreach (var record in waiting) await RemoveAsync(record.Account.Id, call);
            }
            while (waiting.Count == AccountsPerTurn);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
        _turn.Dispose();
    }

    private async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            var rung = _bell.Next();
            await RemoveAllAsync(ct);
            await rung.WaitAsync(ct);
        }
    }

    private async Task RemoveAsync(AccountId account, Call call)
    {
        await RemovePostsAsync(account, call);
        await RemoveTiesAsync(account, call);
        if (peers.Collections is { } collections) await collections.Erase(new EraseCollections(account), call);
        await peers.Moderation.Erase(new EraseAccount(account), call);
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
        foreach (var list in await peers.Lists.All(new GetLists(account), call))
            await peers.Lists.End(new EndList(account, list.Id), call);
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
            var page = await peers.Relations.List(new ListRelations(account, kind, new RelationRange(Limit: 80)), call);
            if (page.Items.Count == 0) return;
            var ended = await Task.WhenAll(page.Items.Select(item => end(item.Account).AsTask()));
            if (!Array.Exists(ended, one => one)) return;
        }
    }
}
