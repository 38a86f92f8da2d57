using Roost.Engine.Sketches;
using Xunit;

namespace Roost.Tests.Engine.Sketches;

public sealed class SketchTests
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Counts_are_never_too_little_and_wrong_by_their_error_at_most(int seed)
    {
        var random = new Random(seed);
        var sketch = new SpaceSaving<int>(50, _hour);
        var countMin = new CountMinSketch(_hour, widthBits: 10);
        var added = new List<(int Key, double Amount, long At)>();
        var at = 1_800_000_000_000L;
        for (var step = 0; step < 20_000; step++)
        {
            // Most are of few keys, and time goes on for weeks, so that weights are rescaled.
            var key = (int)(Math.Pow(random.NextDouble(), 4) * 1_000);
            var amount = 1 + random.Next(3);
            at += random.Next(200_000);
            sketch.Add(key, amount, at, out _);
            countMin.Add((ulong)key, amount, at);
            added.Add((key, amount, at));
        }
        var truth = added.GroupBy(one => one.Key)
            .ToDictionary(of => of.Key, of => of.Sum(one => one.Amount * double.Exp2((one.At - at) / _hour.TotalMilliseconds)));

        var kept = sketch.At(at).ToDictionary(heavy => heavy.Key);

        var all = truth.Values.Sum();
        foreach (var (key, heavy) in kept)
            Assert.InRange(heavy.Count, truth[key] - 1e-6, truth[key] + heavy.Error + 1e-6);
        Assert.All(truth.Where(pair => pair.Value > all / 50), pair => Assert.Contains(pair.Key, kept.Keys));
        Assert.All(truth, pair => Assert.InRange(countMin.Estimate((ulong)pair.Key, at), pair.Value - 1e-6, all));
        Assert.InRange(truth.Average(pair => countMin.Estimate((ulong)pair.Key, at) - pair.Value), 0, 2 * all / 1_024);
    }

    [Fact]
    public void A_key_that_is_taken_out_is_gone_and_the_others_stay()
    {
        var sketch = new SpaceSaving<string>(8, _hour);
        foreach (var (key, amount) in new[] { ("a", 5.0), ("b", 3.0), ("c", 4.0), ("d", 1.0) })
            sketch.Add(key, amount, 0, out _);

        sketch.Remove("b");
        sketch.Remove("nothing");

        Assert.Equal(
            [("a", 5.0), ("c", 4.0), ("d", 1.0)],
            sketch.At(0).Select(heavy => (heavy.Key, heavy.Count)).Order());
    }

    [Fact]
    public void A_pair_is_new_once_a_period()
    {
        var seen = new FirstTimes();

        Assert.True(seen.Note(1, 1, 1));
        Assert.False(seen.Note(1, 1, 1));
        Assert.True(seen.Note(1, 2, 1));
        Assert.True(seen.Note(1, 1, 2));
    }
}
