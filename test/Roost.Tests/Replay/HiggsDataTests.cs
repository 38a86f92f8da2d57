using Roost.Replay;
using Roost.Replay.Reading;
using Xunit;

namespace Roost.Tests.Replay;

/// <summary>The real files, where the environment variable ROOST_DATA says that they are.</summary>
public sealed class HiggsDataTests
{
    [Fact]
    public void The_higgs_files_hold_what_their_description_says()
    {
        var directory = Environment.GetEnvironmentVariable("ROOST_DATA");
        Assert.SkipWhen(string.IsNullOrEmpty(directory), "ROOST_DATA is not set: the real Higgs files are not read.");

        var started = TimeProvider.System.GetTimestamp();
        var network = HiggsReader.Read(directory!);
        TestContext.Current.SendDiagnosticMessage($"read in "
            + $"{TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:0} ms");

        Assert.Equal(563_069, network.Activities.Length);
        Assert.Equal(304_691, network.Usernames.Length);
        Assert.Equal(354_930, network.Activities.Count(a => a.Kind == ActivityKind.Boost));
        Assert.Equal(171_237, network.Activities.Count(a => a.Kind == ActivityKind.Mention));
        Assert.Equal(36_902, network.Activities.Count(a => a.Kind == ActivityKind.Reply));
        // 23,144 lines name the most followed; one of them is its own.
        Assert.Equal(23_143, network.Follows.CountBy(f => f.Followee).Max(f => f.Value));
    }
}
