using System.CommandLine;
using System.Text.Json;
using Roost.Cli;
using Roost.Rpc;
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

    [Fact]
    public async Task Damage_that_keeps_a_directory_from_starting_can_be_given_up_after_it_was_told()
    {
        var newest = _data.Segments[^1];
        SampleData.Flip(newest, (int)new FileInfo(newest).Length - 3);

        var repaired = await RunAsync("--repair");
        var told = await RunAsync("--repair", "--accept-loss");
        Assert.Equal(ErrorCode.DataDamaged, (await Assert.ThrowsAsync<ServiceException>(_data.OpenAsync)).Code);
        var done = await RunAsync("--repair", "--accept-loss", "--yes");

        Assert.Equal(
            [ExitCode.Found, ExitCode.Found, ExitCode.Done], new[] { repaired.Code, told.Code, done.Code });
        Assert.Contains("Nothing was mended: damage cannot be made again", repaired.Output);
        Assert.Contains("Without a backup: `roost check --repair --accept-loss`", repaired.Output);
        Assert.Contains("lost        Record 307: id ", told.Output);
        Assert.Contains("Nothing was changed. What is named above would be lost for good", told.Output);
        Assert.Contains("lost        Record 307: id ", done.Output);
        Assert.EndsWith(
            "The data is sound again, without what was lost; what was damaged is kept aside.", done.Output.TrimEnd());
        await using (var node = await _data.OpenAsync())
        {
        }
        Assert.EndsWith("The data is sound.", (await RunAsync()).Output.TrimEnd());
    }

    [Fact]
    public async Task Damage_without_another_way_out_names_none()
    {
        await _data.ExecuteAsync("graph.db", "DELETE FROM graph_events WHERE seq = 2");

        var (_, output, _) = await RunAsync("--repair");

        Assert.EndsWith("Keep a copy of the directory, and restore a backup.", output.TrimEnd());
        Assert.DoesNotContain("findings name", output);
    }

    [Theory]
    [InlineData("--accept-loss is for --repair; give both.", "--accept-loss", "--yes")]
    [InlineData("--yes is for --accept-loss", "--yes")]
    public async Task A_loss_is_accepted_only_where_it_is_asked_for(string says, params string[] options)
    {
        var (code, _, error) = await RunAsync(options);

        Assert.NotEqual(ExitCode.Done, code);
        Assert.Contains(says, error);
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
