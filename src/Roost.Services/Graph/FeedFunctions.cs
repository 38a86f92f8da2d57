using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <summary>The functions of <see cref="FeedsApi"/>: events from the tables, which have them in commit order; parts of
/// the whole from memory.</summary>
/// <remarks>A part costs some milliseconds, an event a microsecond.</remarks>
internal sealed class FeedFunctions
{
    /// <summary>Of follows and other things in a part: some 300 KB.</summary>
    private const int PartItems = 1 << 16;

    private readonly SqlDatabase _database;
    private readonly TieFeed _feed;
    private readonly FollowGraph _graph;
    private readonly TiesTable _ties;

    public FeedFunctions(SqlDatabase database, TieFeed feed, FollowGraph graph, TiesTable ties)
    {
        (_database, _feed, _graph, _ties) = (database, feed, graph, ties);
        Api = new FeedsApi(Ties: TiesAsync, Steps: StepsAsync, Part: PartAsync);
    }

    public FeedsApi Api { get; }

    private ValueTask<TieBatch> TiesAsync(AwaitTies request, Call call)
    {
        Require(request.After, request.Wait);
        return _feed.NextAsync(request.After, request.Wait, call.Cancellation);
    }

    private ValueTask<GraphSteps> StepsAsync(AwaitSteps request, Call call)
    {
        Require(request.After, request.Wait);
        if (request.Limit is < 1 or > AwaitSteps.LimitMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"There are 1 to {AwaitSteps.LimitMax} events at once, not {request.Limit}.");
        }
        return _feed.AwaitAsync(
            session => StepReader.Read(session, request), steps => steps.Last > request.After, request.Wait,
            call.Cancellation);
    }

    private async ValueTask<GraphPart> PartAsync(ListGraphPart request, Call call)
    {
        if (request.After < 0)
            throw new ServiceException(ErrorCode.Invalid, $"{request.After} is not the id of an account.");
        // As a write: the writer brings memory up to date between a commit and its answer, so what it sees here is in
        // memory by then.
        var seq = await _database.WriteAsync(GraphWork.LastSeq, cancellation: call.Cancellation);
        var end = Math.Max(_graph.FollowersEnd, _ties.AccountsEnd);
        var (follows, others, items) = (new List<FolloweeList>(), new List<GraphStep>(), 0);
        var account = request.After;
        while (account + 1 < end && items < PartItems)
        {
            var id = new AccountId(++account);
            var followees = _graph.Followees(id);
            if (followees.Count > 0) follows.Add(new FolloweeList(id, followees));
            var before = others.Count;
            others.AddRange(_ties.Of(id).Steps(account));
            items += followees.Count + others.Count - before;
        }
        return new GraphPart(follows, others, account, account + 1 >= end, seq);
    }

    private static void Require(long after, TimeSpan wait)
    {
        if (after < 0) throw new ServiceException(ErrorCode.Invalid, $"Events have numbers from 1 on, not {after}.");
        LongPoll.Require(wait);
    }
}
