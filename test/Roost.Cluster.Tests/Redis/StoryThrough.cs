using Roost.Services.Timelines;
using Roost.Tests;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Cluster.Tests.Redis;

/// <summary>A random story of a network while something happens to the servers that have its inboxes: before, meanwhile
/// and afterwards its home timelines are what a naive model says, and at the end inboxes answer again.</summary>
internal static class StoryThrough
{
    private const int Steps = 100;

    /// <param name="name">What happens.</param>
    /// <param name="begin">Begins it.</param>
    /// <param name="end">Ends it.</param>
    public static async Task TellAsync(
        string name, TimelinesOptions options, Func<Task> begin, Func<Task> end, ITestOutputHelper output)
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20131104");
        output.WriteLine($"ROOST_SEED={seed}");
        var time = new FakeTime();
        await using var network = await TestNetwork.StartAsync(Story.Accounts, options, new RealTimers(time));
        var story = new Story(network, time, new Random(seed));
        await GoOnAsync("before");

        await begin();
        await GoOnAsync("meanwhile");
        await end();
        await GoOnAsync("afterwards");

        using var reads = new InboxReads(network.Meters);
        for (var account = 1; account <= Story.Accounts; account++)
        {
            // The fallback answers until the server's groups are begun anew; then inboxes do.
            while (reads.FromInboxes < account)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                await story.CompareAllAsync(account, $"ROOST_SEED={seed} {name}, the end");
            }
        }

        async Task GoOnAsync(string when)
        {
            for (var step = 0; step < Steps; step++)
                await story.StepAsync($"ROOST_SEED={seed} {name}, {when}, step {step}");
            for (var account = 1; account <= Story.Accounts; account++)
                await story.CompareAllAsync(account, $"ROOST_SEED={seed} {name}, {when}");
        }
    }
}
