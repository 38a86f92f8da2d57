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
        var followees = _graph.Followees(request.Account);
        var ties = _ties.Of(request.Account);
        var suggested = Familiar(followees)
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

    /// <summary>How many of the followees that are looked at follow whom.</summary>
    private Dictionary<int, int> Familiar(SortedIds followees)
    {
        var counts = new Dictionary<int, int>();
        var stride = Math.Max(1, (followees.Count + FolloweesMax - 1) / FolloweesMax);
        var place = 0;
        var theirs = new int[FolloweesOfEachMax];
        foreach (var block in followees.Blocks)
        {
            foreach (var followee in block)
            {
                if (place++ % stride != 0)
                    continue;
                var count = _graph.Followees(new AccountId(followee)).NextPage(0, theirs);
                foreach (var id in theirs.AsSpan(0, count))
                    counts[id] = counts.GetValueOrDefault(id) + 1;
            }
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
