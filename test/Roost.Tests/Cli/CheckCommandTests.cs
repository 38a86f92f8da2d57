using System.CommandLine;
using System.Text.Json;
using Roost.Cli;
using Roost.Tests.Check;
using Xunit;

namespace Roost.Tests.Cli;

public sealed class CheckCommandTests : IAsyncLifetime
{
    private SampleData _data = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _data = await SampleData.MakeAsync();

    public ValueTask DisposeAsync() => _data.DisposeAsync();

    [Fact]
    public async Task The_exit_code_tells_sound_found_and_mended_apart()
    {
        var sound = await RunAsync();
        await _data.ExecuteAsync("graph.db", "DELETE FROM follows WHERE id = 1");
        var found = await RunAsync();
        var mended = await RunAsync("--repair");
        var after = await RunAsync();

        Assert.Equal(
            [ExitCode.Done, ExitCode.Found, ExitCode.Done, ExitCode.Done],
            new[] { sound.Code, found.Code, mended.Code, after.Code });
        Assert.Equal(
            "users: 5 accounts, 3 logins, 0 apps, 0 tokens read and verified.",
            sound.Output.Split('\n')[0].TrimEnd());
        Assert.EndsWith("The data is sound.", sound.Output.TrimEnd());
        Assert.StartsWith(
            "repairable  graph.db, follows: Account 1 follows 2 by event 1, but the table lacks it.", found.Output);
        Assert.StartsWith("repaired    graph.db, follows: ", mended.Output);
        Assert.Contains("1 follows were made again from their events", mended.Output);
        Assert.Equal(sound.Output, after.Output);
    }

    [Fact]
    public async Task Json_tells_the_same_to_machines()
    {
        await _data.ExecuteAsync("graph.db", "DELETE FROM follows WHERE id = 1");

        var (code, output, _) = await RunAsync("--json");

        using var report = JsonDocument.Parse(output);
        var graph = report.RootElement.GetProperty("parts")[1];
        Assert.Equal(ExitCode.Found, code);
        Assert.Equal(_data.Path, report.RootElement.GetProperty("directory").GetString());
        Assert.False(report.RootElement.GetProperty("sound").GetBoolean());
        Assert.Equal("graph", graph.GetProperty("part").GetString());
        Assert.Equal(7, graph.GetProperty("counts").GetProperty("events").GetInt64());
        Assert.Equal("repairable", graph.GetProperty("findings")[0].GetProperty("kind").GetString());
        Assert.Equal("graph.db, follows", graph.GetProperty("findings")[0].GetProperty("where").GetString());
        Assert.Equal(0, graph.GetProperty("done").GetArrayLength());
    }

    [Fact]
    public async Task A_directory_in_use_is_refused_with_the_id_of_who_uses_it()
    {
        await using var node = await _data.OpenAsync();

        var (code, output, error) = await RunAsync();

        Assert.Equal(ExitCode.Data, code);
        Assert.Equal("", output);
        Assert.Contains($"is in use by the process {Environment.ProcessId}. Stop that one first", error);
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] options)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CheckCommand.Create().Parse(["--data", _data.Path, .. options])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, Ct);
        return (code, output.ToString(), error.ToString());
    }
}
