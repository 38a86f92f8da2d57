using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Roost.Cluster.Tests.Crash.Load;
using Xunit;

namespace Roost.Cluster.Tests.Crash;

/// <summary>One process per directory, a start that is quick, and a stop that leaves nobody without an
/// answer.</summary>
public sealed class StartAndStopTests(ITestOutputHelper output)
{
    // The aim is 1.5 s on a machine of one's own; this one is shared with whatever else runs, other tests before all.
    private static readonly TimeSpan _readyWithin = TimeSpan.FromSeconds(25);

    [Fact(Timeout = 60 * 1_000)]
    public async Task A_second_process_on_the_directory_is_refused_with_the_first_ones_id()
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        await using var first = await RoostProcess.UpAsync(scratch.Data, ct);

        var second = await RoostProcess.UpRefusedAsync(scratch.Data, ct);
        Assert.True(second.ExitCode == 3, $"A second process ended with {second}");
        Assert.Contains($"in use by the process {first.Id}.", second.Error, StringComparison.Ordinal);
        Assert.Contains(scratch.Data, second.Error, StringComparison.Ordinal);

        // The first is none the worse for it, and what it leaves behind when it is killed stops nobody.
        using (var client = new Client(first.Url))
            Assert.True((await client.GetAsync("/api/v2/instance", null, ct)).IsSuccess);
        await first.KillAsync(ct);
        await using var third = await RoostProcess.UpAsync(scratch.Data, ct);
        using var next = new Client(third.Url);
        Assert.True((await next.GetAsync("/api/v2/instance", null, ct)).IsSuccess);
    }

    [Fact(Timeout = 60 * 1_000)]
    public async Task Commands_reach_the_process_that_runs_and_the_directory_when_none_does()
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        await using var process = await RoostProcess.UpAsync(scratch.Data, ct);

        var announced = await RoostProcess.RunAsync(ct, "announcements", "add", "We move.", "--data", scratch.Data);
        var wrong = await RoostProcess.RunAsync(ct, "accounts", "suspend", "nobody", "--data", scratch.Data);
        await process.KillAsync(ct);
        var listed = await RoostProcess.RunAsync(ct, "announcements", "list", "--data", scratch.Data);

        Assert.True(announced.ExitCode == 0, $"The announcement ended with {announced}");
        Assert.Equal("This is announcement 1.", announced.Output.Trim());
        Assert.True(wrong.ExitCode == 2, $"What cannot be ended with {wrong}");
        Assert.Contains("There is no account 'nobody'", wrong.Error, StringComparison.Ordinal);
        Assert.EndsWith("We move.", listed.Output.Trim(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60 * 1_000)]
    public async Task It_is_ready_soon_on_an_empty_directory_and_on_one_with_data()
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        await using var town = await Town.FoundAsync(scratch.Data, 2, ct);
        var empty = town.Process.ReadyAfter;
        await town.PostAsync(100, ct);
        await town.KillAsync(ct);
        await town.StartAsync(ct);
        var filled = town.Process.ReadyAfter;

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Ready after {empty.TotalSeconds:0.00} s on an empty directory, after {filled.TotalSeconds:0.00} s on one with data; "
            + $"the aim is 1.5 s."));
        Assert.InRange(empty, TimeSpan.Zero, _readyWithin);
        Assert.InRange(filled, TimeSpan.Zero, _readyWithin);
    }

    [Fact(Timeout = 60 * 1_000)]
    public async Task SIGTERM_lets_a_request_that_has_begun_finish()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no SIGTERM on Windows.");
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        await using var town = await Town.FoundAsync(scratch.Data, 1, ct);
        var body = "{\"status\":\"Said while it was stopping\"}"u8.ToArray();
        using var socket = new TcpClient();
        await socket.ConnectAsync(town.Process.Url.Host, town.Process.Url.Port, ct);
        await using var stream = socket.GetStream();
        using var reader = new StreamReader(stream, Encoding.ASCII);

        // "100 Continue" comes when the endpoint begins to read the body: from then on the request is under way.
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/v1/statuses HTTP/1.1\r\nHost: {town.Process.Url.Authority}\r\n"
            + $"Authorization: Bearer {town.Model.People[0].Token}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\nExpect: 100-continue\r\n\r\n"), ct);
        Assert.Equal("HTTP/1.1 100 Continue", await reader.ReadLineAsync(ct));
        Assert.Equal("", await reader.ReadLineAsync(ct));
        town.Process.Stop();
        await town.Process.SaysAsync("Stopping", ct);
        await stream.WriteAsync(body, ct);

        Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync(ct));
        var end = await town.Process.EndAsync(ct);
        Assert.True(end.ExitCode == 0, $"Stopped by SIGTERM, it ended with {end}");
        await town.StartAsync(ct);
        var posts = await town.Client.GetAsync($"/api/v1/accounts/{town.Model.People[0].Id}/statuses", null, ct);
        Assert.Equal("<p>Said while it was stopping</p>", Assert.Single(posts.Json.EnumerateArray()).TextOf("content"));
    }

    [Fact(Timeout = 2 * 60 * 1_000)]
    public async Task SIGTERM_under_load_loses_nothing_that_was_acknowledged()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no SIGTERM on Windows.");
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        await using var town = await Town.FoundAsync(scratch.Data, 20, ct);

        // Requests that reach a connection which the server is closing are cut off; HTTP has no way around that. They
        // are looked up.
        var cutOff = await new LoadRun(town.Model, town.Client, 500, seed: 5).RunAsync(town.Process.Stop, ct);
        var end = await town.Process.EndAsync(ct);
        Assert.True(end.ExitCode == 0, $"Stopped by SIGTERM, it ended with {end}");
        Assert.DoesNotContain("fail:", end.Error, StringComparison.Ordinal);

        await town.StartAsync(ct);
        await new Settlement(town.Model, town.Client).RunAsync(cutOff, ct);
        await town.AccountFullyAsync("SIGTERM under load", ct);
    }
}
