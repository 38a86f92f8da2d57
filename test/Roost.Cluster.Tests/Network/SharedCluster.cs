using System.Globalization;
using Roost.Cluster.Tests.Crash;
using Xunit;

namespace Roost.Cluster.Tests.Network;

/// <summary>A cluster that tests share, for its start is what they cost. Started by the first of them that can have
/// one; at the end it is told to stop, as from another terminal, and must leave nothing behind.</summary>
public sealed class SharedCluster : IAsyncDisposable
{
    private readonly Scratch _scratch = Open();
    private RoostProcess? _up;

    /// <summary>Its directory.</summary>
    public string Data => _scratch.Data;

    /// <summary>What the process says that started it.</summary>
    internal RoostProcess Up => _up ?? throw new InvalidOperationException("Nothing has been started yet.");

    /// <summary>Where people come in.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1");

    /// <summary>Skips the test where the engines are missing.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        if (Programs.Missing is { } missing) Assert.Skip(missing);
        if (_up is not null) return;
        _up = Start(_scratch, gateways: 2, "--stand-by");
        Url = new Uri((await _up.SaysAsync("The network is at ", ct)).Split(' ')[4].TrimEnd('.'));
    }

    internal static RoostProcess Start(Scratch scratch, int gateways, params string[] more) => RoostProcess.Start(
        [
            "cluster", "up", "--data", scratch.Data, "--gateways", gateways.ToString(CultureInfo.InvariantCulture),
            "--listen", $"http://{ClusterPlan.FreeAddress()}:8080", .. more,
        ]);

    /// <summary>PostgreSQL is run as a user of its own, who must come as far as its part.</summary>
    internal static Scratch Open()
    {
        var scratch = new Scratch();
        if (OperatingSystem.IsWindows()) return scratch;
        File.SetUnixFileMode(
            Path.GetDirectoryName(scratch.Data)!,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        return scratch;
    }

    public async ValueTask DisposeAsync()
    {
        if (_up is not null) await StopAsync(_up);
        _scratch.Dispose();
    }

    private async Task StopAsync(RoostProcess up)
    {
        await using (up)
        {
            var last = ClusterRecord.Read(Data)!;
            var down = await RoostProcess.RunAsync(CancellationToken.None, "cluster", "down", "--data", Data);
            Assert.Equal(0, down.ExitCode);
            Assert.Equal(0, (await up.EndAsync(CancellationToken.None)).ExitCode);
            Assert.DoesNotContain(last.Parts, part => part.Runs);
            Assert.False(ClusterRecord.Read(Data)!.Runs);
            // It was told where to keep things, so they are there.
            Assert.True(Directory.Exists(Path.Combine(Data, "web")));
            foreach (var log in (string[])["web.log", "users.log", "graph.log", "gateway-1.log"])
            {
                Assert.DoesNotContain(
                    "cluster store cannot be", await File.ReadAllTextAsync(Path.Combine(Data, log)),
                    StringComparison.Ordinal);
            }
        }
    }
}
