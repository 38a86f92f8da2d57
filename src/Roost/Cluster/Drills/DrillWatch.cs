using Roost.Rpc;

namespace Roost.Cluster.Drills;

/// <summary>Tells from a load's requests when all is well again.</summary>
/// <remarks>
/// Time is cut into windows of a second. One is bad if a request that came due in it met an error or has not ended, or
/// its p99 is twice what it was before the fault. So that a slow disk's moment does not count, twice is 50 ms at least.
/// All is well when three windows in a row were not bad; the last bad one tells since when.
/// </remarks>
internal sealed class DrillWatch(DrillLoad load, TimeProvider time)
{
    private const int WellWindows = 3;

    private static readonly TimeSpan _window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _before = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _least = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _giveUp = TimeSpan.FromSeconds(60);

    /// <summary>Waits for a while without a fault.</summary>
    /// <returns>The p99 of it.</returns>
    public async Task<TimeSpan> QuietAsync(CancellationToken ct)
    {
        var from = load.Now;
        await Task.Delay(_before, time, ct);
        return P99([.. load.Calls.Where(call => call.Due >= from)]);
    }

    /// <summary>Does it, and watches until all is well, a minute at most.</summary>
    /// <param name="read">The cluster as it is now.</param>
    public async Task<DrillRow> WatchAsync(DrillFault fault, Func<ClusterRecord> read, CancellationToken ct)
    {
        await AllRunAsync(read, ct);
        var usual = await QuietAsync(ct);
        var bound = usual * 2 > _least ? usual * 2 : _least;
        var process = await FindAsync(fault, read, ct);
        var begin = load.Now;
        await fault.BeginAsync(process, ct);
        if (fault.Lasts > TimeSpan.Zero)
        {
            try
            {
                await Task.Delay(fault.Lasts, time, ct);
            }
            finally
            {
                fault.End(process);
            }
        }
        TimeSpan? runsAfter = null;
        while (true)
        {
            await Task.Delay(_look, time, ct);
            if (runsAfter is null
                && read().Parts.Single(part => part.Name == process.Name) is { Runs: true } again
                && again.Process != process.Process)
            {
                runsAfter = load.Now - begin;
            }
            var calls = load.Calls;
            var lastBad = LastBad(calls, begin, bound);
            var isWell = load.Now - begin - lastBad > _window * WellWindows && (!fault.Ends || runsAfter is not null);
            if (isWell || load.Now - begin > fault.Lasts + _giveUp)
                return Row(fault, calls, begin, usual, isWell ? lastBad : null, runsAfter);
        }
    }

    /// <summary>Waits until all processes run: one that was stopped, and taken over from, ends when it wakes and is
    /// started again.</summary>
    private async Task AllRunAsync(Func<ClusterRecord> read, CancellationToken ct)
    {
        var from = load.Now;
        while (read().Parts.FirstOrDefault(part => !part.Runs) is { } missing)
        {
            if (load.Now - from > _giveUp)
                throw new ServiceException(ErrorCode.Unavailable, $"{missing.Name} does not run again.");
            await Task.Delay(_look, time, ct);
        }
    }

    /// <summary>Whom it is done to, once somebody leads, or serves, and runs: on a busy machine members of etcd choose
    /// anew now and then, and who was taken over from may notice late, and end.</summary>
    private async Task<PartRecord> FindAsync(DrillFault fault, Func<ClusterRecord> read, CancellationToken ct)
    {
        var from = load.Now;
        while (true)
        {
            try
            {
                var found = fault.Find(read());
                if (found.Runs || load.Now - from >= _giveUp) return found;
            }
            catch (ServiceException none) when (none.Code == ErrorCode.Unavailable && load.Now - from < _giveUp)
            {
                // Soon, perhaps.
            }
            await Task.Delay(_look, time, ct);
        }
    }

    /// <summary>When the last bad window ended, from the beginning; zero when there was none.</summary>
    private TimeSpan LastBad(DrillCall[] calls, TimeSpan begin, TimeSpan bound)
    {
        var whole = (int)((load.Now - begin) / _window);
        var windows = calls.Where(call => call.Due >= begin).ToLookup(call => (int)((call.Due - begin) / _window));
        for (var i = whole - 1; i >= 0; i--)
        {
            var within = windows[i].ToArray();
            // Of those that came due some may be cut off by the window's edge.
            if (within.Length < load.PerSecond - 1 || within.Any(call => call.Error is not null) || P99(within) > bound)
                return _window * (i + 1);
        }
        return TimeSpan.Zero;
    }

    private static DrillRow Row(
        DrillFault fault, DrillCall[] calls, TimeSpan begin, TimeSpan usual, TimeSpan? wellAfter, TimeSpan? runsAfter)
    {
        var met = calls.Where(call => call.Due >= begin).ToArray();
        return new DrillRow(
            fault.Name, met.Length, met.Count(call => call.Again),
            met.Where(call => call.Error is not null).CountBy(call => call.Error!).ToDictionary(),
            usual.TotalSeconds,
            met.Where(call => call.Error is null).Select(call => call.Took.TotalSeconds).DefaultIfEmpty().Max(),
            wellAfter?.TotalSeconds, runsAfter?.TotalSeconds)
        {
            Partial = met.Count(call => call.Partial),
        };
    }

    private static TimeSpan P99(DrillCall[] calls)
    {
        if (calls.Length == 0) throw new ServiceException(ErrorCode.Unavailable, "The cluster answers nothing.");
        var took = Array.ConvertAll(calls, call => call.Took);
        Array.Sort(took);
        return took[(int)((took.Length - 1) * 0.99)];
    }
}
