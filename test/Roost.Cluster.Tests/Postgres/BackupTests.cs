using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Roost.Cluster.Tests.Crash;
using Xunit;

namespace Roost.Cluster.Tests.Postgres;

/// <summary>Backups as the page of operations has them: by PostgreSQL's own programs, while the server runs.</summary>
public sealed class BackupTests
{
    private const int Before = 20;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dump_that_is_made_while_people_post_and_is_restored_elsewhere_is_a_whole_network_of_one_moment()
    {
        var place = SharedPostgres.NewPlace();
        using var scratch = new Scratch();
        var dump = scratch.Beside("network.dump");
        var posted = 0;
        string token;
        await using (var up = await RoostProcess.UpAsync(scratch.Data, Ct, "--database", place))
        {
            using var client = new Client(up.Url);
            token = (await client.JoinAsync(await client.AppTokenAsync(Ct), "ada", Ct)).Token;
            while (posted < Before) await PostAsync(client);
            var dumping = RunAsync("pg_dump", place, "--format", "custom", "--schema", $"{PrefixOf(place)}_*", "--file", dump);
            while (!dumping.IsCompleted) await PostAsync(client);
            await dumping;
            await up.KillAsync(Ct);
        }
        var restored = new NpgsqlConnectionStringBuilder(place) { Database = $"restored_{PrefixOf(place)}" };
        await RunAsync("createdb", place, "--encoding", "UTF8", "--template", "template0", restored.Database);
        await RunAsync("pg_restore", restored.ConnectionString, "--exit-on-error", dump);

        var data = scratch.Beside("restored");
        await using (var up = await RoostProcess.UpAsync(data, Ct, "--database", restored.ConnectionString))
        {
            using var client = new Client(up.Url);
            var numbers = new List<int>();
            await client.PageAsync(
                "/api/v1/timelines/home?limit=40", token,
                page => numbers.AddRange(page.EnumerateArray().Select(NumberOf)), Ct);
            TestContext.Current.TestOutputHelper!.WriteLine($"{numbers.Count} of {posted} posts are in the dump.");
            Assert.InRange(numbers.Count, Before, posted);
            Assert.Equal(Enumerable.Range(0, numbers.Count).Reverse(), numbers);
            Assert.True((await client.PostAsync("/api/v1/statuses", token, new { status = "on we go" }, Ct)).IsSuccess);
            up.Stop();
            Assert.Equal(0, (await up.EndAsync(Ct)).ExitCode);
        }
        var check = await RoostProcess.RunAsync(Ct, "check", "--data", data);
        Assert.True(check.ExitCode == 0, $"{check}");

        async Task PostAsync(Client client)
        {
            var reply = await client.PostAsync("/api/v1/statuses", token, new { status = $"number {posted}" }, Ct);
            Assert.True(reply.IsSuccess, $"{reply}");
            posted++;
        }
    }

    private static int NumberOf(System.Text.Json.JsonElement post) => int.Parse(
        post.GetProperty("content").GetString()!.Split(' ', '<')[^2], CultureInfo.InvariantCulture);

    private static string PrefixOf(string place) => new NpgsqlConnectionStringBuilder(place).SearchPath!;

    /// <summary>Runs one of PostgreSQL's programs on a place; the password is in the environment.</summary>
    private static async Task RunAsync(string program, string place, params string[] arguments)
    {
        var at = new NpgsqlConnectionStringBuilder(place);
        // createdb connects to the usual database, and its last argument is the new one.
        string[] database = program == "createdb" ? [] : ["--dbname", at.Database!];
        using var process = Process.Start(new ProcessStartInfo(
            Path.Combine(Programs.Postgres!, program),
            ["--host", at.Host!, "--port", $"{at.Port}", "--username", at.Username!, .. database, .. arguments])
        {
            RedirectStandardError = true,
        })!;
        var complaints = await process.StandardError.ReadToEndAsync(Ct);
        await process.WaitForExitAsync(Ct);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {complaints}");
    }
}
