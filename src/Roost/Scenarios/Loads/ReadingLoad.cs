using Roost.Engine.Ids;
using Roost.Engine.Sketches;
using Roost.Rpc;
using Roost.Services.Timelines;
using Roost.Web;

namespace Roost.Scenarios.Loads;

/// <summary>Which pages to read, and when, counted from the start.</summary>
/// <param name="At">Ascending.</param>
/// <param name="Reader">Whose home timeline; its newest page.</param>
internal sealed record ReadingPlan(int Count, Func<int, TimeSpan> At, Func<int, AccountId> Reader)
{
    /// <summary>Evenly, at so many a second.</summary>
    public static ReadingPlan Evenly(int count, double rate, Func<int, AccountId> reader) =>
        new(count, i => TimeSpan.FromSeconds(i / rate), reader);
}

/// <param name="Latency">From the moment meant to the page.</param>
/// <param name="Entries">Posts on all pages together.</param>
/// <param name="Errors">How many were refused, by code.</param>
internal sealed record ReadingResult(LatencyTally Latency, long Entries, IReadOnlyDictionary<string, int> Errors)
{
    public long Pages => Latency.Count;
}

/// <summary>
/// Reads first pages of home timelines, as bytes, at given moments, each as a work item of the thread pool of its own,
/// as a server would. One thread starts them; as many as a service takes at once may be under way, further ones are
/// held back, and their time counts. Moments are met to the millisecond.
/// </summary>
internal sealed class ReadingLoad(HomePages pages, TimeProvider time, LiveView live)
{
    public async Task<ReadingResult> RunAsync(ReadingPlan plan, CancellationToken ct)
    {
        var latency = new LatencyTally(stepBits: 7);
        var errors = new ErrorCounts();
        var entries = 0L;
        using var calls = new OpenLoop(time, gatherMax: 1, ct);
        await calls.RunAsync(plan.Count, plan.At, (i, _) => StartAsync(i));
        return new ReadingResult(latency, entries, errors.All);

        // The plan is asked on the one thread that starts all; readers are drawn at random.
        Task StartAsync(int index)
        {
            var (reader, meant) = (plan.Reader(index), calls.Moment(plan.At(index)));
            return Task.Run(() => ReadAsync(reader, meant), CancellationToken.None);
        }

        async Task ReadAsync(AccountId reader, long meant)
        {
            try
            {
                var page = await pages.ReadAsync(reader, new PageRange(), Call.Until(ct));
                var took = time.GetElapsedTime(meant);
                Interlocked.Add(ref entries, page.Posts);
                latency.Add(took);
                live.Read(took);
            }
            catch (ServiceException refusal)
            {
                errors.Add(refusal);
            }
        }
    }
}
