using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web.Recorded;

/// <summary>
/// Our answers beside those of a real Mastodon server to the same requests: status, shape and headers. Where they differ,
/// the reason is known and written into the documentation, or it is a defect.
/// </summary>
public sealed class RecordedExchangesTests
{
    [Fact]
    public async Task Our_answers_are_shaped_as_a_real_servers()
    {
        var exchanges = Exchange.LoadAll();
        // All of them ask at once what took a day there.
        await using var server = await PopulatedServer.StartAsync(
            options => options with { RateLimits = new() { SparesLoopback = false, Times = 1_000 } });
        var replayed = new ReplayedServer(server);
        await replayed.JoinAsync();
        var (played, unrouted) = (0, 0);
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var exchange in exchanges)
        {
            if (await replayed.PlayAsync(exchange) is not { } differences)
            {
                unrouted++;
                continue;
            }
            played++;
            foreach (var difference in differences)
                found.TryAdd($"{exchange.Shape}: {difference}", System.IO.Path.GetFileNameWithoutExtension(exchange.Source));
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{played} replayed, {unrouted} of what is not served");
        var unknown = found.Where(one => KnownDifferences.ReasonFor(one.Key) is null).ToList();
        Assert.True(unknown.Count == 0, $"{unknown.Count} differences without a reason:\n"
            + string.Join('\n', unknown.Select(one => $"{one.Key}    [{one.Value}]")));
    }
}
