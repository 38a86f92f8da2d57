using Roost.Engine.Sketches;
using Xunit;

namespace Roost.Tests.Engine.Sketches;

public sealed class LatencyTallyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(10)]
    public void A_percentile_is_told_within_its_part_and_never_too_small(int stepBits)
    {
        var random = new Random(stepBits);
        var tally = new LatencyTally(stepBits);
        var ticks = Enumerable.Range(0, 5_000).Select(_ => (long)Math.Exp(random.NextDouble() * 40)).ToArray();
        foreach (var one in ticks) tally.Add(TimeSpan.FromTicks(one));
        Array.Sort(ticks);

        Assert.Equal(ticks.Length, tally.Count);
        Assert.Equal(ticks[^1], tally.Max.Ticks);
        foreach (var fraction in new[] { 0.001, 0.25, 0.5, 0.99, 0.999, 1 })
        {
            var exact = ticks[(int)Math.Ceiling(ticks.Length * fraction) - 1];
            var told = tally.Percentile(fraction).Ticks;
            Assert.InRange(told, exact, exact + (long)(exact * Math.Pow(2, -stepBits)));
        }
    }

    [Fact]
    public void The_longest_duration_there_is_and_none_at_all_are_counted()
    {
        var tally = new LatencyTally();
        Assert.Equal(TimeSpan.Zero, tally.Percentile(0.5));

        tally.Add(TimeSpan.MaxValue);
        tally.Add(TimeSpan.FromTicks(-5));

        Assert.Equal(2, tally.Count);
        Assert.Equal(TimeSpan.Zero, tally.Percentile(0.5));
        Assert.Equal(TimeSpan.MaxValue, tally.Percentile(1));
    }

    [Fact]
    public void Many_threads_may_add()
    {
        var tally = new LatencyTally();

        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 10_000; i++) tally.Add(TimeSpan.FromTicks(i + thread));
        });

        Assert.Equal(80_000, tally.Count);
        Assert.Equal(10_006, tally.Max.Ticks);
    }
}
