using Roost.Rpc;

namespace Roost.Services.Timelines.Redis;

/// <summary>The replies to so many commands that were sent together.</summary>
/// <param name="count">At least 1.</param>
internal class RedisAnswers(int count)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the last reply; fails when they will not come.</summary>
    public Task Done => _done.Task;

    /// <summary>The reply to the last command.</summary>
    public RespValue Last { get; private set; }

    /// <summary>The first reply that was an error; else nothing.</summary>
    public RespValue Error { get; protected set; }

    /// <summary>How many replies have come.</summary>
    protected int Taken { get; set; }

    protected int Count => count;

    /// <summary>Takes what has arrived; true when that is all.</summary>
    public virtual bool Take(ref RespReader reader)
    {
        for (; Taken < count; Taken++)
        {
            if (!reader.TryRead(out var reply))
                return false;
            Last = reply;
            if (reply.IsError && !Error.IsError)
                Error = reply;
        }
        return true;
    }

    public void End() => _done.TrySetResult();

    public void Break(ServiceException why)
    {
        _done.TrySetException(why);
        // Those who gave up waiting do not look.
        _ = _done.Task.Exception;
    }
}

/// <summary>The replies to commands of one key each that must be answered with a number.</summary>
/// <param name="lengths">Gets the numbers.</param>
internal sealed class RedisNumbers(int count, int[] lengths) : RedisAnswers(count)
{
    /// <summary>Those whose key has gone to another server, and what was said of it (<see cref="SlotMove"/>): these are
    /// no errors. Null for none.</summary>
    public List<(int Index, RespValue Asked)>? Gone { get; private set; }

    public override bool Take(ref RespReader reader)
    {
        for (; Taken < Count; Taken++)
        {
            if (reader.TryReadNumber(out var number))
            {
                lengths[Taken] = (int)number;
                continue;
            }
            if (!reader.TryRead(out var reply))
                return false;
            lengths[Taken] = reply.Kind == RespKind.Number ? (int)reply.Number : 0;
            if (SlotMove.IsAsk(reply))
                (Gone ??= []).Add((Taken, reply));
            else if (reply.IsError && !Error.IsError)
                Error = reply;
        }
        return true;
    }
}
