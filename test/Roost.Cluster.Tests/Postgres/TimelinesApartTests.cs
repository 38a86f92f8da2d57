using Roost.Engine.Ids;
using Roost.Services.Filters;
using Roost.Services.Timelines;
using Roost.Tests;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Cluster.Tests.Postgres;

/// <summary>Timelines in processes of their own: whatever was answered by the process that has the posts is on the next
/// page, whichever of them makes it.</summary>
public sealed class TimelinesApartTests(ITestOutputHelper output)
{
    private const int Steps = 250;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Timelines_apart_are_what_a_naive_model_says_after_each_step(bool isInWeb)
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20141128");
        var steps = int.Parse(Environment.GetEnvironmentVariable("ROOST_STEPS") ?? $"{Steps}");
        output.WriteLine($"ROOST_SEED={seed} ROOST_STEPS={steps}");
        // Ahead of the machine's, by whose clock calls between processes end.
        var time = FakeTime.Ahead();
        await using var network = await StartAsync(isInWeb, Story.Accounts, new RealTimers(time));
        var story = new Story(network, time, new Random(seed));

        for (var step = 0; step < steps; step++) await story.StepAsync($"ROOST_SEED={seed} step {step}");

        for (var account = 1; account <= Story.Accounts; account++)
            await story.CompareAllAsync(account, $"ROOST_SEED={seed} the end");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Filters_hold_on_the_next_page_and_are_gone_with_it(bool isInWeb)
    {
        await using var network = await StartAsync(isInWeb, 2, TimeProvider.System);
        var reader = new AccountId(1);
        await network.FollowAsync(1, 2);
        for (var round = 1; round <= 20; round++)
        {
            await network.PostAsync(2, $"round {round}");
            var made = await network.Filters.Make(
                new MakeFilter(
                    reader, "rounds", FilterContexts.Home, FilterAction.Hide, null,
                    [new KeywordEdit(0, "round", WholeWord: true)]),
                TestNetwork.Call);
            Assert.Empty((await HomeAsync()).Entries);

            await network.Filters.End(new EndFilter(reader, made.Id), TestNetwork.Call);
            Assert.Equal(round, (await HomeAsync()).Entries.Count);
        }

        ValueTask<TimelinePage> HomeAsync() =>
            network.Timelines.Home(new HomeTimeline(reader, new PageRange(Limit: 40)), TestNetwork.Call);
    }

    private static Task<TestNetwork> StartAsync(bool isInWeb, int accounts, TimeProvider time) =>
        TestNetwork.StartAsync(
            accounts, time: time, apart: isInWeb ? TimelinesApart.OpenInWebAsync : TimelinesApart.OpenAsync);
}
