using System.Globalization;
using Roost.Cluster.Tests.Crash.Load;
using Xunit;

namespace Roost.Cluster.Tests.Crash;

/// <summary>
/// The promise that nothing acknowledged is lost, nothing is there twice and no timeline has a hole, put to the real
/// process: fifty writers, SIGKILL in the middle of what they do, a restart, a full account, and again.
/// </summary>
/// <remarks>
/// A killed process leaves what it wrote in the kernel's cache, so this is about the process, its files and their
/// recovery; that groups are synced before they are answered is shown by the log's own tests with a failing disk.
/// ROOST_CRASH_SEED repeats what was drawn, ROOST_CRASH_KILLS sets how often the process is killed.
/// </remarks>
public sealed class CrashUnderLoadTests(ITestOutputHelper output)
{
    private const int Writers = 50;
    private const int HomesPerRound = 6;
    private const int QuietRoundEvery = 3;

    [Fact(Timeout = 10 * 60 * 1_000)]
    public async Task Nothing_acknowledged_is_lost_or_doubled_however_often_the_process_is_killed()
    {
        Assert.SkipWhen(
            OperatingSystem.IsWindows(), "What a kill leaves behind is tested where processes are killed by signals.");
        var seed = Setting("ROOST_CRASH_SEED", (int)(TimeProvider.System.GetTimestamp() & 0x3FFF_FFFF));
        var kills = Setting("ROOST_CRASH_KILLS", 6);
        output.WriteLine($"ROOST_CRASH_SEED={seed} ROOST_CRASH_KILLS={kills}");
        using var scratch = new Scratch();
        try
        {
            await RunAsync(scratch.Data, seed, kills, TestContext.Current.CancellationToken);
        }
        catch (Exception)
        {
            scratch.IsKept = true;
            output.WriteLine($"The data is kept in {scratch.Data}. Run it again with ROOST_CRASH_SEED={seed}.");
            throw;
        }
    }

    private async Task RunAsync(string directory, int seed, int kills, CancellationToken ct)
    {
        await using var town = await Town.FoundAsync(directory, Writers, ct);
        var story = new CrashStory(town, directory, seed, HomesPerRound, output.WriteLine);
        await story.BeginAsync(ct);
        for (var kill = 1; kill <= kills; kill++)
        {
            await story.KillUnderLoadAsync(kill, ct);
            if (kill % QuietRoundEvery == 0) await story.LoadAsync(kill, ct);
        }
        await story.EndAsync(ct);
    }

    private static int Setting(string name, int usual) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}
