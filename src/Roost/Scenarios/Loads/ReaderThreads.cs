using Roost.Engine.Ids;
using Roost.Engine.Sketches;
using Roost.Rpc;
using Roost.Scenarios.Measuring;
using Roost.Services.Timelines;
using Roost.Web;
using Roost.World;

namespace Roost.Scenarios.Loads;

/// <param name="Meant">Pages that were to be read.</param>
/// <param name="Read">Pages that were.</param>
/// <param name="Entries">Posts on them.</param>
/// <param name="Latency">From the moment meant to the page.</param>
/// <param name="Inside">From the call to the page: what one read takes, however late it was begun.</param>
/// <param name="Cpu">What the readers' threads used; null where the system does not tell.</param>
internal sealed record ReaderThreadsResult(
    long Meant, long Read, long Entries, LatencyTally Latency, LatencyTally Inside, TimeSpan? Cpu);

/// <summary>
/// Reads first pages of home timelines, as bytes, at a rate that leaves no time for scheduling each: a few threads, one
/// a core, each of which reads whenever the next moment has come. Readers are drawn evenly among accounts 1 to
/// <paramref name="accounts"/>.
/// </summary>
internal sealed class ReaderThreads(HomePages pages, TimeProvider time, LiveView live, int accounts, ulong seed)
{
    private static readonly PageRange _firstPage = new();

    /// <param name="rate">Pages a second, of all threads together.</param>
    public async Task<ReaderThreadsResult> RunAsync(int threads, double rate, TimeSpan length, CancellationToken ct)
    {
        var (latency, inside) = (new LatencyTally(stepBits: 7), new LatencyTally(stepBits: 7));
        var started = time.GetTimestamp();
        var ends = started + (long)(length.TotalSeconds * time.TimestampFrequency);
        var loops = new Task<Share>[threads];
        for (var i = 0; i < threads; i++)
        {
            var (first, random) = (i, SplitMix.For(seed, (ulong)i));
            loops[i] = Pacer.OnOwnThread(() => Loop(first, random));
        }
        var shares = await Task.WhenAll(loops);
        return new ReaderThreadsResult(
            (long)(rate * length.TotalSeconds), shares.Sum(share => share.Read), shares.Sum(share => share.Entries),
            latency, inside,
            shares.Aggregate((TimeSpan?)TimeSpan.Zero, (sum, share) => sum + share.Cpu));

        Share Loop(int first, SplitMix random)
        {
            var pacer = new Pacer(time, ct);
            var (read, entries) = (0L, 0L);
            for (var i = (long)first; ; i += threads)
            {
                var meant = started + (long)(i / rate * time.TimestampFrequency);
                if (meant >= ends || time.GetTimestamp() >= ends) break;
                pacer.WaitClosely(meant);
                var called = time.GetTimestamp();
                entries += Page(new AccountId(1 + random.Next(accounts))).Posts;
                var done = time.GetTimestamp();
                latency.Add(time.GetElapsedTime(meant, done));
                inside.Add(time.GetElapsedTime(called, done));
                live.Read(time.GetElapsedTime(meant, done));
                read++;
            }
            return new Share(read, entries, ThreadCpu.Used());
        }

        PageSize Page(AccountId reader)
        {
            var reply = pages.ReadAsync(reader, _firstPage, Call.Until(ct));
            // Nearly all are there at once. For the others this thread, which has nothing else to do, waits.
            return reply.IsCompletedSuccessfully ? reply.Result : reply.AsTask().GetAwaiter().GetResult();
        }
    }

    private readonly record struct Share(long Read, long Entries, TimeSpan? Cpu);
}
