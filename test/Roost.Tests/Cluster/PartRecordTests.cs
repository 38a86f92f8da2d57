using System.Diagnostics;
using Roost.Cluster;
using Xunit;

namespace Roost.Tests.Cluster;

public sealed class PartRecordTests
{
    [Fact]
    public void A_process_that_ends_while_it_is_looked_at_runs_or_does_not()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Clusters run on Unix.");
        const int Processes = 100;
        for (var i = 0; i < Processes; i++)
        {
            using var process = Process.Start("true");
            var started = TimeProvider.System.GetUtcNow();
            while (PartRecord.IsProcess(process.Id, started))
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            process.WaitForExit();
        }
    }
}
