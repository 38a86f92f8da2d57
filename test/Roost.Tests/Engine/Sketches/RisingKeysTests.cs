using Roost.Engine.Sketches;
using Xunit;

namespace Roost.Tests.Engine.Sketches;

public sealed class RisingKeysTests
{
    private const long Hour = 3_600_000;
    private const long Start = 1_800_000_000_000 / (24 * Hour) * 24 * Hour;

    private static readonly RisingOptions _options = new(TimeSpan.FromHours(2), TimeSpan.FromDays(2), AccountsMin: 3);

    [Fact]
    public void What_many_use_now_rises_above_what_many_always_use()
    {
        var keys = Keys();
        for (var hour = 0; hour < 240; hour++)
        {
            for (var account = 1; account <= 30; account++)
                keys.Note("monday", account, 1, Start + hour * Hour);
        }
        var now = Start + 240 * Hour;
        for (var account = 1; account <= 12; account++)
            keys.Note("eclipse", account, 1, now);

        var top = keys.Top(10, now);

        Assert.Equal("eclipse", top[0].Key);
        Assert.True(top.Count == 1 || top[1].Score * 3 < top[0].Score, $"'monday' has {top[^1].Score}.");
    }

    [Fact]
    public void One_account_alone_lifts_nothing()
    {
        var keys = Keys();

        for (var use = 0; use < 1_000; use++)
            keys.Note("buynow", 1, 1, Start + use * 60_000);

        Assert.Empty(keys.Top(10, Start + 1_000 * 60_000));
    }

    [Fact]
    public void What_rose_falls_when_nobody_goes_on()
    {
        var keys = Keys();
        for (var account = 1; account <= 10; account++)
            keys.Note("eclipse", account, 1, Start);

        Assert.Single(keys.Top(10, Start));
        Assert.Empty(keys.Top(10, Start + 24 * Hour));
    }

    [Fact]
    public void A_week_of_uses_is_told_by_day()
    {
        var keys = Keys();
        foreach (var (day, account) in new[] { (0, 1), (0, 1), (0, 2), (1, 1), (8, 5) })
            keys.Note("tag", account, 1, Start + day * 24 * Hour);
        var today = (Start / (24 * Hour)) + 8;

        var history = keys.HistoryOf("tag", Start + 8 * 24 * Hour);

        Assert.Equal(7, history.Length);
        Assert.Equal(new DayUse(today, 1, 1), history[0]);
        Assert.All(history[1..], use => Assert.Equal((0, 0), (use.Uses, use.Accounts)));
        Assert.Equal(new DayUse(today - 8, 3, 2), Keys(keys => Fill(keys)).HistoryOf("tag", Start)[0]);

        static void Fill(RisingKeys<string> keys)
        {
            foreach (var account in new[] { 1, 1, 2 })
                keys.Note("tag", account, 1, Start);
        }
    }

    [Fact]
    public void However_many_keys_there_are_few_are_kept()
    {
        var keys = Keys();

        for (var i = 0; i < 20_000; i++)
            keys.Note($"tag{i}", i, 1, Start + i);

        Assert.Equal(_options.KeysMax, keys.Keys.Count());
    }

    private static RisingKeys<string> Keys(Action<RisingKeys<string>>? fill = null)
    {
        var keys = new RisingKeys<string>(_options, KeyHash.Of);
        fill?.Invoke(keys);
        return keys;
    }
}
