using Roost.Rpc.Balancing;

namespace Roost.Rpc.Clients;

/// <summary>Sends a call, by way of the transport, to the instance that a target stands for.</summary>
/// <exception cref="ServiceException">As of any service; <see cref="ErrorCode.Unavailable"/> when it cannot be
/// reached.</exception>
public delegate ValueTask<TReply> Send<in TTarget, in TRequest, TReply>(TTarget target, TRequest request, Call call);

/// <summary>Nearest to the network: chooses the instance for each try, and tells the balancer how it ended.</summary>
internal sealed class BalancedCalls<TTarget>(Balancer<TTarget> balancer, Repeatable repeatable, TimeProvider time)
    where TTarget : class
{
    // A deadline that passed is the instance's fault only if it had this many usual times.
    private const double LateTimes = 10;

    private readonly QuantileEstimate _usual = new(0.5);

    /// <param name="keyOf">As <see cref="Balancer{TTarget}.Pick"/> takes it, of a request; null: of none.</param>
    public Attempt<TRequest, TReply> Apply<TRequest, TReply>(
        Send<TTarget, TRequest, TReply> send, Func<TRequest, ulong>? keyOf = null)
    {
        return Invoke;

        ValueTask<TReply> Invoke(TRequest request, Call call, Tries tries)
        {
            var picked = balancer.Pick(
                time.GetTimestamp(), repeatable == Repeatable.Yes, tries.Last as Instance<TTarget>,
                keyOf?.Invoke(request));
            tries.Last = picked.Instance;
            ValueTask<TReply> reply;
            try
            {
                reply = send(picked.Target, request, call);
            }
            catch (Exception error)
            {
                Fail(picked, error, call);
                throw;
            }
            if (!reply.IsCompletedSuccessfully) return AwaitAsync(reply, picked, call);
            Answer(picked);
            return reply;
        }
    }

    private async ValueTask<TReply> AwaitAsync<TReply>(ValueTask<TReply> reply, Picked<TTarget> picked, Call call)
    {
        TReply answer;
        try
        {
            answer = await reply;
        }
        catch (Exception error)
        {
            Fail(picked, error, call);
            throw;
        }
        Answer(picked);
        return answer;
    }

    private void Answer(in Picked<TTarget> picked)
    {
        var now = time.GetTimestamp();
        _usual.Add(Math.Max(1, now - picked.Start));
        balancer.End(picked, _usual.Value, CallOutcome.Answered, now);
    }

    private void Fail(in Picked<TTarget> picked, Exception error, Call call)
    {
        var now = time.GetTimestamp();
        var usual = _usual.Value;
        var isLate = usual > 0 && now - picked.Start > LateTimes * usual;
        balancer.End(picked, usual, OutcomeOf(error, call, isLate), now);
    }

    private static CallOutcome OutcomeOf(Exception error, Call call, bool isLate) => error switch
    {
        ServiceException { Code: var code } => code switch
        {
            ErrorCode.Invalid or ErrorCode.Forbidden or ErrorCode.NotFound or ErrorCode.Conflict =>
                CallOutcome.Answered,
            ErrorCode.Overloaded => CallOutcome.Overloaded,
            ErrorCode.DeadlineExceeded when !isLate => CallOutcome.Abandoned,
            _ => CallOutcome.Failed,
        },
        OperationCanceledException when call.Cancellation.IsCancellationRequested => CallOutcome.Abandoned,
        _ => CallOutcome.Failed,
    };
}
