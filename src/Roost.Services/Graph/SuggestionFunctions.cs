using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Graph;

/// <summary>
/// Whom one might follow: counts whom one's followees follow, in memory, at every question. The accounts with the most
/// followers are found once in ten minutes.
/// </summary>
/// <remarks>Of many followees 200 are looked at, spread over all, and of each 500 of theirs: 100,000 steps at most,
/// some milliseconds. Thread-safe.</remarks>
internal sealed class SuggestionFunctions
{
    private const int LimitMax = 80;
    private const int FolloweesMax = 200;
    private const int FolloweesOfEachMax = 500;
    private const int PopularMax = 1_000;

    private static readonly TimeSpan _popularFor = TimeSpan.FromMinutes(10);

    private readonly FollowGraph _graph;
    private readonly GraphWriter _writer;
    private readonly TiesTable _ties;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private int[]? _popular;
    private long _popularSince;

    public SuggestionFunctions(FollowGraph graph, GraphWriter writer, TiesTable ties, TimeProvider time)
    {
        (_graph, _writer, _ties, _time) = (graph, writer, ties, time);
        Api = new SuggestionsApi(
            Friends: (request, _) => new(Friends(request.Account)),
            Suggest: (request, _) => new(Suggest(request)),
            Dismiss: DismissAsync);
    }

    public SuggestionsApi Api { get; }

    private Suggested[] Suggest(SuggestAccounts request)
    {
        GraphService.RequireAccount(request.Account);
        if (request.Limit is < 1 or > LimitMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"There are 1 to {LimitMax} suggestions at once, not {request.Limit}.");
        }
        if (request.Friends.Count > FolloweesMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"Suggestions are made of {FolloweesMax} friends, not {request.Friends.Count}.");
        }
        var followees = _graph.Followees(request.Account);
        var ties = _ties.Of(request.Account);
        var suggested = Familiar(request.Friends)
            .Where(pair => IsNew(pair.Key))
            .OrderByDescending(pair => pair.Value)
            .ThenByDescending(pair => _graph.Followers(new AccountId(pair.Key)).Count)
            .ThenBy(pair => pair.Key)
            .Take(request.Limit)
            .Select(pair => new Suggested(new AccountId(pair.Key), pair.Value)).ToList();
        var known = suggested.Select(one => one.Account.Value).ToHashSet();
        suggested.AddRange(Popular().Where(id => !known.Contains(id) && IsNew(id))
            .Take(request.Limit - suggested.Count).Select(id => new Suggested(new AccountId(id), 0)));
        return [.. suggested];

        bool IsNew(int id)
        {
            var account = new AccountId(id);
            return account != request.Account && !followees.Contains(account) && !ties.Requested.Contains(account)
                && !ties.Blocking.Contains(account) && !ties.BlockedBy.Contains(account)
                && !ties.Muted.Contains(account) && !ties.Dismissed.Contains(account);
        }
    }

    private AccountId[] Friends(AccountId account)
    {
        GraphService.RequireAccount(account);
        var followees = _graph.Followees(account);
        var stride = Math.Max(1, (followees.Count + FolloweesMax - 1) / FolloweesMax);
        var friends = new List<AccountId>(Math.Min(followees.Count, FolloweesMax));
        var place = 0;
        foreach (var block in followees.Blocks)
        {
            foreach (var followee in block)
            {
                if (place++ % stride == 0)
                    friends.Add(new AccountId(followee));
            }
        }
        return [.. friends];
    }

    /// <summary>How many of the friends follow whom.</summary>
    private Dictionary<int, int> Familiar(IReadOnlyList<AccountId> friends)
    {
        var counts = new Dictionary<int, int>();
        var theirs = new int[FolloweesOfEachMax];
        foreach (var friend in friends)
        {
            var count = _graph.Followees(friend).NextPage(0, theirs);
            foreach (var id in theirs.AsSpan(0, count))
                counts[id] = counts.GetValueOrDefault(id) + 1;
        }
        return counts;
    }

    private int[] Popular()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            if (_popular is null || _time.GetElapsedTime(_popularSince, now) > _popularFor)
                (_popular, _popularSince) = (_graph.MostFollowed(PopularMax), now);
            return _popular;
        }
    }

    private ValueTask<bool> DismissAsync(DismissSuggestion request, Call call)
    {
        GraphService.RequireAccount(request.Account);
        GraphService.RequireAccount(request.Target);
        if (request.Account == request.Target || _ties.Of(request.Account).Dismissed.Contains(request.Target))
            return new(false);
        return _writer.ChangeAsync(
            work =>
            {
                var (a, b) = (request.Account.Value, request.Target.Value);
                if (work.Insert("dismissed_suggestions", a, b))
                    work.Say(GraphEventKind.SuggestionDismissed, a, b);
            }, call.Cancellation);
    }
}
