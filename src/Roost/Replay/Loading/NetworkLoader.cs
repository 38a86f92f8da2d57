using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;

namespace Roost.Replay.Loading;

/// <summary>The services that a load writes to.</summary>
public sealed record LoadTarget(UsersApi Users, GraphApi Graph, PostsApi Posts, TimelinesApi Timelines);

/// <summary>
/// Loads a <see cref="Network"/> into a node that nobody else uses meanwhile.
/// <list type="number">
/// <item>Accounts, in transactions of 32,768.</item>
/// <item>Follows, 33 million a transaction: the more, the less often their indexes are made.</item>
/// <item>Inboxes for all accounts, empty, so that every post is fanned out and none is left to the fallback.</item>
/// <item>Posts, in group commits of 8,192: while one is being written the next is made.</item>
/// <item>The wait until fan-out has caught up.</item>
/// </list>
/// </summary>
/// <remarks>
/// Every step passes over what is there already: usernames and follows are sets, posts carry keys. So a load that was
/// killed at any instant is completed by running it again, and one that was complete changes nothing.
/// </remarks>
public sealed class NetworkLoader(LoadTarget target, TimeProvider time, Action<LoadStep, long, long>? progress = null)
{
    private const int AccountsPerBatch = 32_768;
    private const int FollowsPerBatch = 1 << 25;
    private const int PostsPerBatch = 8_192;

    /// <summary>Whether everybody gets an inbox before the posts come; else nobody has one until they read.</summary>
    public bool GivesInboxes { get; init; } = true;

    /// <param name="startedTimestamp">When the caller began reading the source, on the time provider's clock.</param>
    /// <exception cref="ServiceException">A service failed; what was loaded until then stays and is passed over next
    /// time.</exception>
    public async Task<LoadReport> LoadAsync(Network network, long startedTimestamp, CancellationToken ct)
    {
        var reading = time.GetElapsedTime(startedTimestamp);
        var accounts = await ImportAccountsAsync(network, ct);
        var followsAdded = await ImportFollowsAsync(network, accounts, ct);
        if (accounts.Length > 0 && GivesInboxes)
            await target.Timelines.Activate(new ActivateInboxes(accounts.Max()), Call.Until(ct));

        var before = await target.Timelines.FanOut(new AwaitFanOut(), Call.Until(ct));
        var importing = time.GetElapsedTime(startedTimestamp) - reading;
        var postingStarted = time.GetTimestamp();
        var counts = await ImportPostsAsync(network, accounts, ct);
        progress?.Invoke(LoadStep.FanOut, 0, 1);
        var fanOut = await target.Timelines.FanOut(new AwaitFanOut(), Call.Until(ct));
        var posting = time.GetElapsedTime(postingStarted);
        progress?.Invoke(LoadStep.FanOut, 1, 1);

        return new LoadReport(
            network.Source, accounts.Length, network.Follows.Length, followsAdded, counts.Posts, counts.Boosts,
            counts.StandIns, counts.Added, fanOut.Deliveries - before.Deliveries, reading, importing,
            posting, fanOut.TimeToInboxP50, fanOut.TimeToInboxP99);
    }

    private async Task<AccountId[]> ImportAccountsAsync(Network network, CancellationToken ct)
    {
        var ids = new AccountId[network.Usernames.Length];
        for (var start = 0; start < ids.Length; start += AccountsPerBatch)
        {
            progress?.Invoke(LoadStep.Accounts, start, ids.Length);
            var drafts = new AccountDraft[Math.Min(AccountsPerBatch, ids.Length - start)];
            for (var i = 0; i < drafts.Length; i++)
            {
                var username = network.Usernames[start + i];
                drafts[i] = new AccountDraft(username, username, network.StartsAt);
            }
            var made = await target.Users.Import(new ImportAccounts(drafts), Call.Until(ct));
            for (var i = 0; i < drafts.Length; i++) ids[start + i] = made[i];
        }
        progress?.Invoke(LoadStep.Accounts, ids.Length, ids.Length);
        return ids;
    }

    private async Task<long> ImportFollowsAsync(Network network, AccountId[] accounts, CancellationToken ct)
    {
        var follows = network.Follows;
        var added = 0L;
        for (var start = 0; start < follows.Length; start += FollowsPerBatch)
        {
            progress?.Invoke(LoadStep.Follows, start, follows.Length);
            var batch = new (AccountId, AccountId)[Math.Min(FollowsPerBatch, follows.Length - start)];
            for (var i = 0; i < batch.Length; i++)
                batch[i] = (accounts[follows[start + i].Follower], accounts[follows[start + i].Followee]);
            added += await target.Graph.Import(new ImportFollows(batch, network.StartsAt), Call.Until(ct));
        }
        progress?.Invoke(LoadStep.Follows, follows.Length, follows.Length);
        return added;
    }

    private async Task<Counts> ImportPostsAsync(Network network, AccountId[] accounts, CancellationToken ct)
    {
        var maker = new DraftMaker(network, accounts);
        var counts = default(Counts);
        var inFlight = Task.FromResult(new ImportReply(0, 0));
        try
        {
            while (true)
            {
                var drafts = maker.Next(PostsPerBatch);
                counts.Added += (await inFlight).Added;
                if (drafts.Count == 0) break;
                counts.Count(drafts);
                inFlight = ImportAsync(drafts, ct);
                progress?.Invoke(LoadStep.Posts, maker.Activities, network.Activities.Length);
            }
        }
        finally
        {
            // The caller closes the node next: nothing may be under way any more. Its own failure has been thrown
            // above already.
            await ((Task)inFlight).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        counts.StandIns = counts.Posts + counts.Boosts - network.Activities.Length;
        return counts;
    }

    private async Task<ImportReply> ImportAsync(List<PostDraft> drafts, CancellationToken ct)
    {
        try
        {
            return await target.Posts.Import(new ImportPosts(drafts), Call.Until(ct));
        }
        catch (ServiceException e) when (e.Code == ErrorCode.Conflict)
        {
            throw new ServiceException(
                ErrorCode.Conflict,
                "The data directory already holds posts newer than those of the source, so these cannot be put "
                + "before them: somebody posted there since, or another source was loaded. Load into an empty "
                + "directory (--data DIR). No post was changed.",
                e.Message, e);
        }
    }

    private struct Counts
    {
        public int Posts;
        public int Boosts;
        public int StandIns;
        public long Added;

        public void Count(List<PostDraft> drafts)
        {
            foreach (var draft in drafts)
                if (draft.Kind == PostKind.Boost) Boosts++;
                else Posts++;
        }
    }
}
