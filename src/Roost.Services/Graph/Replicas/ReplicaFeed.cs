using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Rpc.Clients;

namespace Roost.Services.Graph.Replicas;

/// <summary>Follows the service's events, and changes the replica by them: the only one that does.</summary>
/// <remarks>Events are asked for after the last that was taken in, so nothing is missed over restarts of the service;
/// one that comes twice changes nothing.</remarks>
internal sealed partial class ReplicaFeed(
    GraphSource source, FollowGraph graph, TiesTable ties, TimeProvider time, ILogger logger)
{
    /// <summary>From so many on it is cheaper to make each account's list anew once.</summary>
    private const int BulkMin = 64;

    private readonly FeedPlace _place = new();
    private long _newest;
    private long _heardAt = time.GetTimestamp();

    // Of the loop alone: when the last event happened that was taken in, and whether the service did not answer.
    private DateTimeOffset? _at;
    private bool _isAway;

    /// <summary>Events that are known to be there and not taken in yet.</summary>
    public long Lag => Math.Max(0, Volatile.Read(ref _newest) - _place.Done);

    /// <summary>How long ago the service last said how far it is; a second or so while it has nothing to say.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref _heardAt));

    /// <summary>Up to where events are taken in.</summary>
    public FeedPlace Place => _place;

    /// <summary>Takes in all that there is after a seq. Before there are readers.</summary>
    public async Task CatchUpAsync(long after, CancellationToken ct)
    {
        _place.Reached(after);
        do
            await TakeNextAsync(TimeSpan.Zero, ct);
        while (Lag > 0);
    }

    /// <summary>Until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (true) await TakeNextAsync(LongPoll.Wait, ct);
    }

    /// <summary>Waits until all is taken in that was committed before the call.</summary>
    /// <exception cref="ServiceException">The service has gone meanwhile; <see cref="ServiceException.MayBeDone"/>, for
    /// what the caller did before is done.</exception>
    public async ValueTask ReachAsync(Call call)
    {
        try
        {
            await _place.WaitAsync(await source.Graph.NewestTie(new GetNewestTie(), call), call.Cancellation);
        }
        catch (ServiceException away)
        {
            throw new ServiceException(
                away.Code, "It was stored, but cannot be shown yet. Look before you try again.", away.Detail, away)
            {
                MayBeDone = true,
            };
        }
    }

    private async Task TakeNextAsync(TimeSpan wait, CancellationToken ct)
    {
        var steps = await source.Feeds.Steps.AskUntilAnsweredAsync(
            new AwaitSteps(_place.Done, wait, _at), time, ct, NoteAway);
        if (_isAway) LogBack(steps.Newest - _place.Done);
        _isAway = false;
        Volatile.Write(ref _heardAt, time.GetTimestamp());
        Volatile.Write(ref _newest, steps.Newest);
        Take(steps.Items);
        _at = steps.At;
        _place.Reached(steps.Last);
    }

    private void Take(IReadOnlyList<GraphStep> steps)
    {
        var (follows, others) = (new List<(int, int)>(), new List<GraphChange>());
        foreach (var step in steps)
        {
            if (step.Kind == GraphEventKind.Followed)
            {
                follows.Add(((int)step.A, (int)step.B));
                continue;
            }
            others.Add(GraphChange.Of(step));
            if (step.Kind != GraphEventKind.Unfollowed) continue;
            Follow(follows);
            graph.Unfollow(new AccountId((int)step.A), new AccountId((int)step.B));
        }
        Follow(follows);
        ties.Apply(others);
    }

    private void Follow(List<(int Follower, int Followee)> follows)
    {
        if (follows.Count >= BulkMin)
        {
            graph.BulkFollow(CollectionsMarshal.AsSpan(follows));
        }
        else
        {
            foreach (var (follower, followee) in follows)
                graph.Follow(new AccountId(follower), new AccountId(followee));
        }
        follows.Clear();
    }

    private void NoteAway(ServiceException failure)
    {
        if (!_isAway) LogAway(failure.Detail ?? failure.Message);
        _isAway = true;
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The Graph service does not answer; until it does, who follows whom is served as it was last heard, and "
        + "changes of it are refused. {Reason}")]
    private partial void LogAway(string reason);

    [LoggerMessage(LogLevel.Warning, "The Graph service answers again. {Events} events were missed and are taken in.")]
    private partial void LogBack(long events);
}
