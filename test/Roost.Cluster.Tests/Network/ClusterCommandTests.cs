using System.Net;
using System.Text.Json;
using Roost.Cluster.Tests.Crash;
using Xunit;

namespace Roost.Cluster.Tests.Network;

/// <summary>What <c>roost cluster</c> starts, over real engines, as somebody who tries it does.</summary>
public sealed class ClusterCommandTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_answers_goes_on_without_what_is_killed_and_leaves_nothing_behind()
    {
        if (Programs.Missing is { } missing) Assert.Skip(missing);
        using var scratch = Open();
        await using var up = RoostProcess.Start(
            "cluster", "up", "--data", scratch.Data, "--gateways", "1", "--listen", $"http://{ClusterPlan.FreeAddress()}:8080");
        var url = new Uri((await up.SaysAsync("The network is at ", Ct)).Split(' ')[4].TrimEnd('.'));
        using var http = new HttpClient { BaseAddress = url };
        Assert.Equal(HttpStatusCode.OK, await AskAsync(http));

        var status = await RoostProcess.RunAsync(Ct, "cluster", "status", "--data", scratch.Data, "--json");
        Assert.Equal(0, status.ExitCode);
        var parts = JsonDocument.Parse(status.Output).RootElement.GetProperty("parts").EnumerateArray()
            .ToDictionary(part => NameOf(part), part => part.GetProperty("state").GetString());
        Assert.Equal(["etcd", "gateway-1", "graph", "postgres", "users", "web"], parts.Keys.Order());
        Assert.All(parts, part => Assert.Contains(part.Value, (string?[])["ready", "runs"]));

        var before = ClusterRecord.Read(scratch.Data)!;
        Assert.True(before.Runs);
        // As kill -9 does: web, and then the database under it.
        foreach (var name in (string[])["web", "postgres"])
        {
            var part = before.Parts.Single(part => part.Name == name);
            using (var process = System.Diagnostics.Process.GetProcessById(part.Process!.Value)) process.Kill();
            await up.SaysAsync($"{name} (process {part.Process}) ended by itself with 137.", Ct);
        }
        while (await AskAsync(http) != HttpStatusCode.OK || !AllRun(scratch.Data)) Ct.ThrowIfCancellationRequested();
        var after = ClusterRecord.Read(scratch.Data)!.Parts.ToDictionary(part => part.Name, part => part.Starts);
        Assert.Equal((2, 2, 1), (after["web"], after["postgres"], after["etcd"]));

        var second = await RoostProcess.RunAsync(Ct, "cluster", "up", "--data", scratch.Data);
        Assert.Equal(3, second.ExitCode);
        Assert.Contains("A cluster runs in", second.Error, StringComparison.Ordinal);

        var last = ClusterRecord.Read(scratch.Data)!;
        var down = await RoostProcess.RunAsync(Ct, "cluster", "down", "--data", scratch.Data);
        Assert.Equal(0, down.ExitCode);
        Assert.Equal(0, (await up.EndAsync(Ct)).ExitCode);
        Assert.DoesNotContain(last.Parts, part => part.Runs);
        Assert.False(ClusterRecord.Read(scratch.Data)!.Runs);
        // It was told where to keep things, so they are there.
        Assert.True(Directory.Exists(Path.Combine(scratch.Data, "web")));
        foreach (var log in (string[])["web.log", "users.log", "graph.log", "gateway-1.log"])
            Assert.DoesNotContain("cluster store cannot be", await LogAsync(scratch.Data, log), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_left_of_a_cluster_whose_first_process_was_killed_is_ended()
    {
        if (Programs.Missing is { } missing) Assert.Skip(missing);
        using var scratch = Open();
        await using var up = RoostProcess.Start(
            "cluster", "up", "--data", scratch.Data, "--gateways", "1", "--listen", $"http://{ClusterPlan.FreeAddress()}:8080");
        await up.SaysAsync("The network is at ", Ct);
        await up.KillAsync(Ct);
        var left = ClusterRecord.Read(scratch.Data)!;
        Assert.False(left.Runs);
        Assert.All(left.Parts, part => Assert.True(part.Runs));

        var down = await RoostProcess.RunAsync(Ct, "cluster", "down", "--data", scratch.Data);

        Assert.Equal(0, down.ExitCode);
        Assert.Contains($"{left.Parts.Count} processes have ended.", down.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(left.Parts, part => part.Runs);
    }

    [Fact]
    public async Task Wrong_uses_say_what_to_do()
    {
        using var scratch = new Scratch();
        Directory.CreateDirectory(scratch.Data);
        await File.WriteAllTextAsync(Path.Combine(scratch.Data, "letter"), "dear", Ct);
        await SaysAsync("had no cluster before", 2, "cluster", "up", "--data", scratch.Data);
        await SaysAsync("needs a port", 2, "cluster", "up", "--listen", "http://127.0.0.1:0");
        await SaysAsync("--gateways must be from 1 to 16", 2, "cluster", "up", "--gateways", "17");
        await SaysAsync("No cluster was started in", 3, "cluster", "status", "--data", scratch.Data);
        await SaysAsync("No cluster was started in", 3, "top", "--data", scratch.Data);
        await SaysAsync("Option '--data' is required", 2, "cluster", "down");
        Assert.True(File.Exists(Path.Combine(scratch.Data, "letter")));
    }

    /// <summary>PostgreSQL is run as a user of its own, who must come as far as its part.</summary>
    private static Scratch Open()
    {
        var scratch = new Scratch();
        if (OperatingSystem.IsWindows()) return scratch;
        File.SetUnixFileMode(
            Path.GetDirectoryName(scratch.Data)!,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        return scratch;
    }

    private static async Task SaysAsync(string words, int exitCode, params string[] arguments)
    {
        var result = await RoostProcess.RunAsync(Ct, arguments);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, result.ExitCode);
    }

    private static bool AllRun(string directory) => ClusterRecord.Read(directory)!.Parts.All(part => part.Runs);

    private static async Task<string> LogAsync(string directory, string name) =>
        await File.ReadAllTextAsync(Path.Combine(directory, name), Ct);

    private static string NameOf(JsonElement part) =>
        part.GetProperty("part").GetProperty("name").GetString() ?? "";

    private static async Task<HttpStatusCode> AskAsync(HttpClient http)
    {
        try
        {
            using var reply = await http.GetAsync("/api/v2/instance", Ct);
            return reply.StatusCode;
        }
        catch (HttpRequestException)
        {
            return HttpStatusCode.ServiceUnavailable;
        }
    }
}
