using System.CommandLine;
using System.Globalization;
using Roost.Cli;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Users;
using Roost.Tests.Check;
using Xunit;

namespace Roost.Tests.Cli;

public sealed class WorldCommandTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("roost-test-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(_root, "data");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_world_is_not_loaded_into_a_directory_that_people_use_and_nothing_there_changes()
    {
        await using var people = await SampleData.MakeAsync();
        var before = await ContentsAsync(people);

        var (code, _, error) = await RunAsync("--accounts", "50", "--data", people.Path);

        Assert.Equal(ExitCode.Data, code);
        Assert.Contains("It is in use: it holds 5 accounts that no load made.", error);
        Assert.Contains("--data DIR", error);
        Assert.Equal(before, await ContentsAsync(people));
        Assert.False(File.Exists(people.File("source")), "The directory was set aside.");
    }

    [Fact]
    public async Task Another_world_is_not_mixed_into_one_that_was_loaded()
    {
        Assert.Equal(ExitCode.Done, (await RunAsync("--accounts", "50", "--seed", "1")).Code);

        var (code, _, error) = await RunAsync("--accounts", "50", "--seed", "2");

        Assert.Equal(ExitCode.Data, code);
        Assert.Contains("from another source: world of seed 1 over 30 days (50 accounts, ", error);
    }

    [Fact]
    public async Task The_same_world_is_completed_and_not_doubled()
    {
        await RunAsync("--accounts", "50", "--seed", "1");

        var (code, output, error) = await RunAsync("--accounts", "50", "--seed", "1", "--verify", "50", "--json");

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains("\"posts_added\": 0", output);
        Assert.DoesNotContain("posts_per_second", output);
        Assert.Contains("\"differences\": 0", output);
    }

    [Fact]
    public async Task A_directory_in_which_nobody_signed_up_yet_takes_a_world()
    {
        await using (await SampleData.OpenAsync(Data))
        {
        }

        Assert.Equal(ExitCode.Done, (await RunAsync("--accounts", "50")).Code);
    }

    [Fact]
    public async Task The_report_adds_up_and_ends_with_whom_to_sign_in_as()
    {
        var (_, output, _) = await RunAsync("--accounts", "50", "--verify", "10");

        double Seconds(string label)
        {
            var line = output.Split('\n').Single(line => line.StartsWith(label, StringComparison.Ordinal)).TrimEnd();
            var value = double.Parse(line[24..].Split(' ')[0], CultureInfo.InvariantCulture);
            return line.EndsWith(" ms", StringComparison.Ordinal) ? value / 1_000 : value;
        }
        var load = Seconds("reading the source") + Seconds("accounts and follows") + Seconds("posting  ");
        Assert.Equal(load, Seconds("load, these three"), 0.03);
        Assert.InRange(Seconds("wall time") - load - Seconds("verified in"), -0.03, 0.5);
        var next = output[output.IndexOf("To look at it", StringComparison.Ordinal)..].Split('\n');
        Assert.Equal($"  roost up --data {Data}", next.Last(line => line.Length > 0).TrimEnd());
        var name = next[1].Trim().Split(' ')[0];
        Assert.Contains(next, line => line.TrimEnd() == $"  roost accounts set-password {name} --data {Data}");
        await using var node = await SampleData.OpenAsync(Data);
        Assert.NotNull((await node.Users.Find(new FindAccounts([name]), Call.Until(Ct)))[0]);
    }

    [Theory]
    [InlineData("--speed", "60x")]
    [InlineData("--first", "5")]
    public async Task What_is_about_playing_needs_a_server_to_play_to(params string[] options)
    {
        var (code, _, error) = await RunAsync(["--accounts", "50", .. options]);

        Assert.NotEqual(ExitCode.Done, code);
        Assert.Contains($"{options[0]} is about playing to a running server; give it with --to URL or --cluster DIR.", error);
        Assert.False(Directory.Exists(Data), "Something was made.");
    }

    private static async Task<string> ContentsAsync(SampleData data)
    {
        await using var node = await data.OpenAsync();
        var call = Call.Until(Ct);
        var accounts = await node.Users.Count(new CountAccounts(), call);
        var posts = await node.Posts.Locate(LocatePost.End, call);
        return $"{accounts} accounts, {posts} posts, {await data.QueryAsync("graph.db", "SELECT * FROM follows")}";
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] options)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] all = options.Contains("--data") ? options : ["--data", Data, .. options];
        var code = await WorldCommand.Create().Parse(all)
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, Ct);
        return (code, output.ToString(), error.ToString());
    }
}
