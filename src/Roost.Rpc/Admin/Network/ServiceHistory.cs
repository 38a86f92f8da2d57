using Roost.Rpc.Admin.Calls;

namespace Roost.Rpc.Admin.Network;

/// <summary>What a service's calls were, step by step, all its processes together; the newest last, NaN where there was
/// nothing.</summary>
/// <param name="P50">Of the processes', by their calls.</param>
/// <param name="P99">Of the slowest process.</param>
public sealed record ServiceHistory(float[] Rate, float[] P50, float[] P99, float[] Failed)
{
    /// <param name="steps">How many.</param>
    public static ServiceHistory Of(IEnumerable<ProcessCalls> processes, CallSide side, int steps)
    {
        var series = processes.SelectMany(process => process.Series).Where(one => one.Side == side).ToArray();
        var all = new ServiceHistory(Nothing(steps), Nothing(steps), Nothing(steps), Nothing(steps));
        for (var i = 0; i < steps; i++) all.Fill(i, series, steps);
        return all;
    }

    private static float[] Nothing(int steps)
    {
        var values = new float[steps];
        Array.Fill(values, float.NaN);
        return values;
    }

    private void Fill(int place, RecordedCalls[] series, int steps)
    {
        var (calls, failed, median, medianCalls) = (0f, 0f, 0f, 0f);
        foreach (var one in series)
        {
            // From the end: processes have lived for different times.
            var i = one.Rate.Length - steps + place;
            if (i < 0 || !float.IsFinite(one.Rate[i])) continue;
            Rate[place] = (float.IsNaN(Rate[place]) ? 0 : Rate[place]) + one.Rate[i];
            if (float.IsFinite(one.Failed[i]))
                (calls, failed) = (calls + one.Rate[i], failed + one.Rate[i] * one.Failed[i]);
            if (!float.IsFinite(one.P50[i])) continue;
            (median, medianCalls) = (median + one.Rate[i] * one.P50[i], medianCalls + one.Rate[i]);
            P99[place] = float.IsNaN(P99[place]) ? one.P99[i] : Math.Max(P99[place], one.P99[i]);
        }
        if (calls > 0) Failed[place] = failed / calls;
        if (medianCalls > 0) P50[place] = median / medianCalls;
    }
}
