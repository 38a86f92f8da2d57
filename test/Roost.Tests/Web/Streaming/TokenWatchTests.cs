using Roost.Rpc;
using Roost.Web.Streaming;
using Xunit;

namespace Roost.Tests.Web.Streaming;

/// <summary>How it is learnt that tokens have ended, and what an outage of the accounts costs.</summary>
public sealed class TokenWatchTests
{
    [Fact]
    public async Task An_outage_is_asked_about_later_and_later_and_told_of_once_with_its_end()
    {
        var (time, lines, isAway, asked) = (new FakeTime(), new LogLines(), true, 0);
        var users = new FakeNetwork().Services.Users with
        {
            TokensVersion = (_, _) =>
            {
                asked++;
                return isAway ? throw new ServiceException(ErrorCode.Unavailable, "Nobody is there.") : new ValueTask<long>(1);
            },
        };
        using var stopping = new CancellationTokenSource();
        var watch = new TokenWatch(
            users, () => [], _ => { }, TimeSpan.FromSeconds(5), time, lines);
        var running = watch.RunAsync(stopping.Token);

        var times = new List<int>();
        for (var second = 1; second <= 80; second++)
        {
            if (second == 64) isAway = false;
            var before = asked;
            time.Advance(TimeSpan.FromSeconds(1));
            while (time.ArmedTimers == 0) await Task.Yield();
            if (asked > before) times.Add(second);
        }
        await stopping.CancelAsync();
        await running;

        // After 1, 2, 4, 8, 16 and 16 s, and every second once it is known again.
        Assert.Equal([1, 3, 7, 15, 31, 47, 63, 79, 80], times);
        Assert.Single(lines.All, line => line.Contains("It is not known", StringComparison.Ordinal));
        Assert.Single(lines.All, line => line.Contains("known again", StringComparison.Ordinal));
    }
}
