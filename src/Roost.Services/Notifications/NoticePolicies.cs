using System.Collections.Concurrent;
using System.Data.Common;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Storage;
using Roost.Services.Users;

namespace Roost.Services.Notifications;

/// <summary>
/// Decides what becomes of a notification: told, kept back, or dropped. Policies of accounts that have chosen are in
/// memory, some 100 bytes each; changed by the database's writer after the commit. Thread-safe.
/// </summary>
internal sealed class NoticePolicies
{
    private const string Select =
        """
        SELECT account, not_following, not_followers, new_accounts, private_mentions, limited_accounts FROM policies
        """;

    private static readonly TimeSpan _newFor = TimeSpan.FromDays(30);

    private readonly ConcurrentDictionary<int, NoticePolicy> _chosen = new();
    private readonly SqlDatabase _database;
    private readonly NotificationsPeers _peers;

    public NoticePolicies(SqlDatabase database, NotificationsPeers peers)
    {
        (_database, _peers) = (database, peers);
        database.Read(session =>
        {
            using var rows = session.Query(Select);
            while (rows.Read())
                _chosen[rows.GetInt32(0)] = PolicyOf(rows);
            return true;
        });
    }

    public NoticePolicy Of(AccountId account) => _chosen.GetValueOrDefault(account.Value, NoticePolicy.Usual);

    public async ValueTask SetAsync(SetPolicy request, CancellationToken ct)
    {
        var account = request.Account.Value;
        await _database.WriteAsync(
            session =>
            {
                var policy = Changed(Stored(session, account), request);
                session.Execute(
                    """
                    INSERT INTO policies (account, not_following, not_followers, new_accounts, private_mentions,
                      limited_accounts)
                    VALUES (@account, @following, @followers, @new, @private, @limited)
                    ON CONFLICT (account) DO UPDATE SET not_following = excluded.not_following,
                      not_followers = excluded.not_followers, new_accounts = excluded.new_accounts,
                      private_mentions = excluded.private_mentions, limited_accounts = excluded.limited_accounts
                    """, account, (int)policy.NotFollowing, (int)policy.NotFollowers, (int)policy.NewAccounts,
                    (int)policy.PrivateMentions, (int)policy.LimitedAccounts);
                return policy;
            }, policy => _chosen[account] = policy, ct);
    }

    /// <summary>The steps that are to be written: of those that tell, the ones that may be told, each saying whether it
    /// is kept back. One call to Posts for muted threads, and one to Graph for each account that is told
    /// something.</summary>
    public async ValueTask<IReadOnlyList<NoticeStep>> JudgeAsync(IReadOnlyList<NoticeStep> steps, Call call)
    {
        var isDropped = new bool[steps.Count];
        var isFiltered = new bool[steps.Count];
        var told = Enumerable.Range(0, steps.Count).Where(i => steps[i].Action == NoticeAction.Tell).ToList();
        var ofPosts = told.FindAll(i => steps[i].PostSeq != 0);
        var muted = await _peers.Marks.Muted(
            new FindMutedThreads([.. ofPosts.Select(i => (steps[i].Account, RefOf(steps[i].PostSeq)))]), call);
        for (var i = 0; i < muted.Length; i++)
            isDropped[ofPosts[i]] = muted[i];
        foreach (var ofAccount in told.Where(i => !isDropped[i]).GroupBy(i => steps[i].Account))
        {
            var places = ofAccount.ToList();
            var senders = places.ConvertAll(i => steps[i].Sender);
            var ties = await _peers.Graph.Relationships(new GetRelationships(ofAccount.Key, senders), call);
            for (var i = 0; i < places.Count; i++)
            {
                var step = steps[places[i]];
                var choice = IsUnwanted(ties[i]) || (step.IsForFollowers && !ties[i].Following)
                    ? PolicyChoice.Drop
                    : await ChooseAsync(step, ties[i], call);
                isDropped[places[i]] = choice == PolicyChoice.Drop;
                isFiltered[places[i]] = choice == PolicyChoice.Filter;
            }
        }
        var left = new List<NoticeStep>(steps.Count);
        for (var i = 0; i < steps.Count; i++)
        {
            if (!isDropped[i])
                left.Add(isFiltered[i] ? steps[i] with { IsFiltered = true } : steps[i]);
        }
        return left;
    }

    /// <summary>Whether nothing that the other does is told, whatever the policy.</summary>
    public static bool IsUnwanted(in Relationship other) =>
        other.Blocking || other.BlockedBy || other.Muting is { Notifications: true };

    private async ValueTask<PolicyChoice> ChooseAsync(NoticeStep step, Relationship sender, Call call)
    {
        // What one asked for by a follow, a vote or a request that waits for an answer is never kept back, nor is what
        // those who look after the community have to know, or to say.
        if (step.Kind is NoticeKind.Post or NoticeKind.Poll or NoticeKind.Edit or NoticeKind.QuotedEdit
            or NoticeKind.Warning or NoticeKind.SignUp or NoticeKind.Report)
            return PolicyChoice.Accept;
        var policy = Of(step.Account);
        var choice = PolicyChoice.Accept;
        if (!sender.Following)
            choice = Stricter(choice, policy.NotFollowing);
        if (!sender.FollowedBy)
            choice = Stricter(choice, policy.NotFollowers);
        if (!sender.Following && step.IsUnasked)
            choice = Stricter(choice, policy.PrivateMentions);
        if (!sender.Following && (policy.NewAccounts > choice || policy.LimitedAccounts > choice)
            && (await _peers.Users.Get(new GetAccounts([step.Sender]), call))[0] is { } account)
        {
            if (account.CreatedAt > DateTimeOffset.FromUnixTimeMilliseconds(step.At) - _newFor)
                choice = Stricter(choice, policy.NewAccounts);
            if (account.IsSilenced)
                choice = Stricter(choice, policy.LimitedAccounts);
        }
        if (choice == PolicyChoice.Accept)
            return choice;
        var isPermitted = _database.Read(session =>
            RequestWrites.IsPermitted(session, step.Account.Value, step.Sender.Value));
        return isPermitted ? PolicyChoice.Accept : choice;
    }

    /// <summary>As it is in the transaction, which memory may be behind.</summary>
    private static NoticePolicy Stored(SqlSession session, int account)
    {
        using var row = session.Query($"{Select} WHERE account = @account", account);
        return row.Read() ? PolicyOf(row) : NoticePolicy.Usual;
    }

    private static NoticePolicy PolicyOf(DbDataReader row) => new(
        (PolicyChoice)row.GetInt32(1), (PolicyChoice)row.GetInt32(2), (PolicyChoice)row.GetInt32(3),
        (PolicyChoice)row.GetInt32(4), (PolicyChoice)row.GetInt32(5));

    private static PostRef RefOf(uint seq) => new(default, seq, default, default, default);

    private static PolicyChoice Stricter(PolicyChoice a, PolicyChoice b) => a > b ? a : b;

    private static NoticePolicy Changed(NoticePolicy policy, SetPolicy change) => new(
        change.NotFollowing ?? policy.NotFollowing, change.NotFollowers ?? policy.NotFollowers,
        change.NewAccounts ?? policy.NewAccounts, change.PrivateMentions ?? policy.PrivateMentions,
        change.LimitedAccounts ?? policy.LimitedAccounts);
}
