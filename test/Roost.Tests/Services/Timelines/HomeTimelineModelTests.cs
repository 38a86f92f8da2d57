using Roost.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Timelines;

/// <summary>Home timelines whose inboxes are in memory.</summary>
public sealed class HomeTimelineModelTests(ITestOutputHelper output) : HomeTimelineContract(output)
{
    private protected override TimelinesOptions In(TimelinesOptions options) => options;

    private protected override TimeProvider ClockOf(FakeTime time) => time;

    private protected override async Task ForgetAsync(TestNetwork network, FakeTime time)
    {
        time.Advance(TimeSpan.FromDays(31));
        while ((await network.Timelines.FanOut(new AwaitFanOut(), TestNetwork.Call)).Inboxes > 0)
            await Task.Yield();
    }
}
