using Roost.Rpc;
using Roost.Rpc.Filters;

namespace Roost.Bench.Filters;

/// <summary>
/// One and the same thing, N steps that count around a service that adds one, put together in four ways.
/// </summary>
internal sealed class CountingChains(int filters)
{
    /// <summary>Steps taken so far, in all of the chains.</summary>
    public long Passed { get; private set; }

    /// <summary>Ours: composed once, no state machine while replies are there at once.</summary>
    public Service<long, long> Composed()
    {
        var chain = new Filter<long, long>[filters];
        Array.Fill(chain, next =>
        {
            return Invoke;

            ValueTask<long> Invoke(long request, Call call)
            {
                Passed++;
                var reply = next(request, call);
                return reply.IsCompletedSuccessfully ? reply : AwaitAsync(reply);
            }
        });
        return ((Service<long, long>)AddOne).With(chain);

        static async ValueTask<long> AwaitAsync(ValueTask<long> reply) => await reply;
    }

    /// <summary>The bound: all steps within one function.</summary>
    public Service<long, long> Inlined() => (request, call) =>
    {
        for (var i = 0; i < filters; i++) Passed++;
        return AddOne(request, call);
    };

    /// <summary>A peer: as usually written, an async method a step, composed once.</summary>
    public Service<long, long> AsyncMethods()
    {
        Func<long, Call, Task<long>> chain = (request, _) => Task.FromResult(request + 1);
        for (var i = 0; i < filters; i++)
        {
            var next = chain;
            chain = async (request, call) =>
            {
                Passed++;
                return await next(request, call);
            };
        }
        return (request, call) => new ValueTask<long>(chain(request, call));
    }

    /// <summary>
    /// A peer: the common mediator pipeline, whose steps are handed what comes next as a closure made for each call.
    /// </summary>
    public Service<long, long> ClosuresPerCall()
    {
        var steps = Enumerable.Repeat(Step, filters).ToArray();
        return (request, _) =>
        {
            Func<Task<long>> next = () => Task.FromResult(request + 1);
            foreach (var step in steps)
            {
                var inner = next;
                next = () => step(request, inner);
            }
            return new ValueTask<long>(next());
        };

        async Task<long> Step(long request, Func<Task<long>> next)
        {
            Passed++;
            return await next();
        }
    }

    private static ValueTask<long> AddOne(long request, Call call) => ValueTask.FromResult(request + 1);
}
