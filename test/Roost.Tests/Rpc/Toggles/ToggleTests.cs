using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc;
using Roost.Rpc.Toggles;
using Xunit;

namespace Roost.Tests.Rpc.Toggles;

public sealed class ToggleTests
{
    private readonly ToggleBook _book = new(NullLogger<ToggleBook>.Instance);

    [Fact]
    public void Who_has_it_on_keeps_it_while_the_fraction_grows()
    {
        var toggle = _book.Get("test.new", "New code.", usual: 0);
        var keys = Enumerable.Range(0, 10_000).Select(i => $"account {i}").ToArray();
        var before = new HashSet<string>();
        foreach (var fraction in (double[])[0, 0.01, 0.2, 0.7, 1])
        {
            toggle.Set(fraction);
            var on = keys.Where(key => toggle.IsOn(key)).ToHashSet();

            Assert.True(before.IsSubsetOf(on));
            Assert.InRange(on.Count / 10_000.0, fraction - 0.02, fraction + 0.02);
            before = on;
        }
    }

    [Fact]
    public void Toggles_choose_independently_of_each_other_and_alike_everywhere()
    {
        var first = _book.Get("test.first", "", usual: 0.5);
        var second = _book.Get("test.second", "", usual: 0.5);
        var elsewhere = new ToggleBook(NullLogger<ToggleBook>.Instance).Get("test.first", "", usual: 0.5);
        var keys = Enumerable.Range(0, 10_000).Select(i => $"account {i}").ToArray();

        Assert.All(keys, key => Assert.Equal(first.IsOn(key), elsewhere.IsOn(key)));
        Assert.InRange(keys.Count(key => first.IsOn(key) && second.IsOn(key)), 2_300, 2_700);
        Assert.InRange(keys.Count(_ => first.IsOn()), 4_800, 5_200);
        Assert.Same(first, _book.Get("test.first", "", usual: 0.5));
    }

    [Fact]
    public async Task What_does_harm_is_turned_off_by_itself_and_what_does_not_stays()
    {
        var toggle = _book.Get("test.new", "New code.", usual: 0.1);
        var random = new Random(1);
        var calls = 0;
        var harmless = toggle.Between(Failing(0.02), Failing(0.02));
        for (; calls < 20_000; calls++) await CallAsync(harmless);
        Assert.Equal((0.1, false), (toggle.Fraction, toggle.Report().HasGoneBack));

        var harmful = toggle.Between(Failing(0.02), Failing(0.3));
        for (calls = 0; calls < 5_000 && toggle.Fraction > 0; calls++) await CallAsync(harmful);

        Assert.Equal((0, true), (toggle.Fraction, toggle.Report().HasGoneBack));
        Assert.InRange(calls, 50, 2_000);
        toggle.Set(0.1);
        Assert.Equal((0.1, false, 0), (toggle.Fraction, toggle.Report().HasGoneBack, toggle.Report().OnUses));

        Service<int, int> Failing(double share) => (_, _) => random.NextDouble() < share
            ? throw new ServiceException(ErrorCode.Internal, "A bug.")
            : new(1);
    }

    [Fact]
    public async Task What_callers_do_wrong_does_no_harm_and_nothing_is_noted_while_it_is_on_for_all_or_nobody()
    {
        var toggle = _book.Get("test.new", "New code.", usual: 0.5);
        var refusing = toggle.Between<int, int>(
            (_, _) => new(1), (_, _) => throw new ServiceException(ErrorCode.NotFound, "Nobody."));
        for (var i = 0; i < 1_000; i++) await CallAsync(refusing);
        var report = toggle.Report();
        Assert.Equal((0.5, 0L), (report.Fraction, report.OnFailures));
        Assert.InRange(report.OnUses, 400, 600);

        foreach (var fraction in (double[])[0, 1])
        {
            toggle.Set(fraction);
            for (var i = 0; i < 100; i++) toggle.Note(wasOn: true, hasFailed: true);
            Assert.Equal((fraction, 0L), (toggle.Fraction, toggle.Report().OnUses));
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => toggle.Set(1.01));
    }

    private static async Task CallAsync(Service<int, int> service)
    {
        try
        {
            await service(0, Call.Unbounded);
        }
        catch (ServiceException)
        {
            // As it is meant here.
        }
    }
}
