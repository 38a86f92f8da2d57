using System.CommandLine;
using System.Text.Json;
using Roost.Cli;
using Roost.Scenarios;
using Xunit;

namespace Roost.Tests.Scenarios;

// Not beside those, which look for what is left of scenarios of this process.
[Collection(nameof(ScenarioTests))]
public sealed class VerdictTests
{
    [Fact]
    public void The_exit_code_tells_passed_wrong_and_too_slow_apart()
    {
        var passed = new Verdict();
        passed.Exactly("accepted", "posts accepted", 7, 7);
        passed.AtMost("all", "all", TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        passed.AtLeast("rate", "rate", Unit.PerSecond, 100, null, 100);
        passed.Dream("cores", "cores", Unit.Share, 0.05, 0.5);
        passed.Figure("p50", "p50", TimeSpan.FromSeconds(9));
        var missed = new Verdict();
        missed.Exactly("accepted", "posts accepted", 7, 7);
        missed.AtMost("all", "all", TimeSpan.FromSeconds(2), null, TimeSpan.FromSeconds(2.01));
        var wrong = new Verdict();
        wrong.AtMost("all", "all", TimeSpan.FromSeconds(2), null, TimeSpan.FromSeconds(3));
        wrong.Exactly("accepted", "posts accepted", 7, 6);

        Assert.Equal(
            [ExitCode.Done, ExitCode.Missed, ExitCode.Found],
            new[] { passed, missed, wrong }.Select(verdict => ScenarioCommand.CodeOf(verdict.Outcome)));
    }

    [Fact]
    public void A_rate_below_its_mark_is_missed()
    {
        var verdict = new Verdict();
        verdict.AtLeast("rate", "rate", Unit.PerSecond, 100, 200, 99);

        Assert.Equal(Outcome.Missed, verdict.Outcome);
        Assert.False(verdict.Lines[0].ReachesMoonshot);
    }

    [Fact]
    public async Task Json_tells_the_same_as_the_table()
    {
        var table = await RunAsync("scenario", "duet", "--accounts", "1000", "--posts", "2", "--seed", "3");
        var (code, output, _) = await RunAsync(
            "scenario", "duet", "--accounts", "1000", "--posts", "2", "--seed", "3", "--json");

        using var json = JsonDocument.Parse(output);
        var root = json.RootElement;
        var both = root.GetProperty("lines").EnumerateArray()
            .Single(line => line.GetProperty("name").GetString() == "followers_of_both");
        var deliveries = root.GetProperty("lines").EnumerateArray()
            .Single(line => line.GetProperty("name").GetString() == "deliveries");
        Assert.Contains(code, new[] { ExitCode.Done, ExitCode.Missed });
        Assert.NotEqual("wrong", root.GetProperty("verdict").GetString());
        Assert.Equal("duet", root.GetProperty("scenario").GetString());
        Assert.Equal(3, root.GetProperty("seed").GetInt32());
        Assert.False(root.GetProperty("full_size").GetBoolean());
        Assert.Equal(1_000, root.GetProperty("sizes").GetProperty("accounts").GetInt32());
        Assert.Equal(1_002, root.GetProperty("world").GetProperty("accounts").GetInt32());
        Assert.Equal(JsonValueKind.Null, both.GetProperty("pass").ValueKind);
        Assert.True(deliveries.GetProperty("pass").GetBoolean());
        Assert.Equal("exactly", deliveries.GetProperty("judged").GetString());
        Assert.Contains($"{both.GetProperty("reached").GetInt64(),15:N0}", table.Output);
    }

    [Theory]
    [InlineData("--accounts must be", "balse", "--accounts", "1")]
    [InlineData("--posts must be 1 to 100", "balse", "--accounts", "100", "--posts", "101")]
    [InlineData("--seconds", "duet", "--seconds", "1")]
    [InlineData("nonsense", "nonsense")]
    public async Task A_wrong_size_is_told_in_words_and_nothing_is_done(string says, params string[] arguments)
    {
        var (code, output, error) = await RunAsync(["scenario", .. arguments]);

        Assert.True(code is ExitCode.Usage or 1, $"It ended with {code}.");
        Assert.DoesNotContain("Verdict", output, StringComparison.Ordinal);
        Assert.Contains(says, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_names_all()
    {
        var (code, output, _) = await RunAsync("scenario", "list");

        Assert.Equal(ExitCode.Done, code);
        Assert.Equal(
            ["balse", "gaga", "duet", "oscar", "steady", "restart"],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]));
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var root = new RootCommand { ScenarioCommand.Create() };
        var code = await root.Parse(arguments).InvokeAsync(
            new InvocationConfiguration { Output = output, Error = error }, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
