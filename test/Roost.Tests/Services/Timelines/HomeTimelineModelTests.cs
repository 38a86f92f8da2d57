using Roost.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Timelines;

/// <summary>
/// Whatever happens in whatever order, timelines are what the naive model says, whole and by every way of paging.
/// ROOST_SEED repeats a run, ROOST_STEPS makes it longer: every 1,500 steps a new network begins, with the next seed.
/// The longest run was of 12,000 steps from seed 31 on, both ways, on 2026-11-26.
/// </summary>
public sealed class HomeTimelineModelTests(ITestOutputHelper output)
{
    private const int StepsOfStory = 1_500;

    [Theory]
    [InlineData(1 << 18, false)]
    [InlineData(3, false)]
    [InlineData(1 << 18, true)]
    public async Task Timelines_are_what_a_naive_model_says(int deliveriesPerTurn, bool hasReplica)
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20140307");
        var steps = int.Parse(Environment.GetEnvironmentVariable("ROOST_STEPS") ?? "1000");
        output.WriteLine($"ROOST_SEED={seed} ROOST_STEPS={steps}");
        for (; steps > 0; steps -= StepsOfStory, seed++)
            await TellAsync(seed, Math.Min(steps, StepsOfStory), deliveriesPerTurn, hasReplica);
    }

    private static async Task TellAsync(int seed, int steps, int deliveriesPerTurn, bool hasReplica)
    {
        var time = new FakeTime();
        var options = new TimelinesOptions { DeliveriesPerTurn = deliveriesPerTurn, RebuildShare = 1 };
        await using var network = await TestNetwork.StartAsync(
            Story.Accounts, options, time, hasReplica: hasReplica);
        var story = new Story(network, time, new Random(seed));

        for (var step = 0; step < steps; step++)
            await story.StepAsync($"ROOST_SEED={seed} step {step}");

        for (var account = 1; account <= Story.Accounts; account++)
            await story.CompareAllAsync(account, $"ROOST_SEED={seed} the end");
    }
}
