using System.Text.Json;
using Roost.Cluster.Tests.Crash;
using Roost.Cluster.Tests.Crash.Load;
using Xunit;

namespace Roost.Cluster.Tests.Postgres;

/// <summary>Real processes whose databases are in a real PostgreSQL.</summary>
public sealed class NetworkOverPostgresTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_network_over_two_processes_and_a_server_survives_kills_is_checked_and_stays_its_own()
    {
        var place = SharedPostgres.NewPlace();
        using var users = new Scratch();
        using var rest = new Scratch();
        await using (var serve = ServeUsers(users.Data, place))
        {
            var url = await UrlAsync(serve);
            await using var up = await RoostProcess.UpAsync(rest.Data, Ct, "--database", place, "--users", url);
            using var client = new HttpClient { BaseAddress = up.Url };
            using var people = new Client(up.Url);
            var (ada, bob) = (await people.JoinAsync("ada", Ct), await people.JoinAsync("bob", Ct));
            await PostAsync(client, "/api/v1/accounts/1/follow", bob);
            await PostAsync(client, "/api/v1/statuses", ada, ("status", "kept"));
            Assert.Empty(Directory.GetFiles(rest.Data, "*.db"));
            Assert.Empty(Directory.GetFiles(users.Data, "*.db"));

            // Without a place the directory says it, and without the right nobody writes.
            var second = await RoostProcess.RunAsync(Ct, "up", "--data", rest.Beside("other"), "--database", place, "--listen",
                "http://127.0.0.1:0");
            Assert.Equal(3, second.ExitCode);
            Assert.Contains($"process {up.Id}", second.Error, StringComparison.Ordinal);
            await up.KillAsync(Ct);
            await serve.KillAsync(Ct);
        }

        foreach (var data in (string[])[users.Data, rest.Data])
        {
            var check = await RoostProcess.RunAsync(Ct, "check", "--data", data);
            Assert.True(check.ExitCode == 0, check.ToString());
        }
        await using var servedAgain = ServeUsers(users.Data);
        await using var again = await RoostProcess.UpAsync(rest.Data, Ct, "--users", await UrlAsync(servedAgain));
        using var http = new HttpClient { BaseAddress = again.Url };
        using var profile = JsonDocument.Parse(await http.GetStringAsync("/api/v1/accounts/lookup?acct=ada", Ct));
        Assert.Equal(1, profile.RootElement.GetProperty("followers_count").GetInt32());
        Assert.Equal(1, profile.RootElement.GetProperty("statuses_count").GetInt32());
        again.Stop();
        Assert.Equal(0, (await again.EndAsync(Ct)).ExitCode);
    }

    [Fact]
    public async Task Killed_under_load_and_moved_to_an_empty_directory_a_network_is_what_was_acknowledged()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "What a kill leaves behind is tested where processes are killed by signals.");
        const int Writers = 12, Homes = 3;
        var place = SharedPostgres.NewPlace();
        var seed = (int)(TimeProvider.System.GetTimestamp() & 0x3FFF_FFFF);
        var tell = TestContext.Current.TestOutputHelper!;
        tell.WriteLine($"seed {seed}");
        using var scratch = new Scratch();
        await using var town = await Town.FoundAsync(scratch.Data, Writers, Ct, "--database", place);
        var story = new CrashStory(town, scratch.Data, seed, Homes, tell.WriteLine);
        await story.BeginAsync(Ct);
        for (var kill = 1; kill <= 3; kill++) await story.KillUnderLoadAsync(kill, Ct);
        await town.KillAsync(Ct);

        await town.MoveAsync(scratch.Beside("elsewhere"), Ct);
        await town.AccountFullyAsync("the loss of the data directory", Ct);
        await town.PostAsync(20, Ct);
        await town.StopAsync(Ct);

        // The old one is not too old to go on.
        await town.MoveAsync(scratch.Data, Ct);
        await town.AccountFullyAsync("the return of the old data directory", Ct);
        await town.StopAsync(Ct);
        var check = await RoostProcess.RunAsync(Ct, "check", "--data", scratch.Data);
        Assert.True(check.ExitCode == 0, check.ToString());
    }

    [Fact]
    public async Task A_directory_with_databases_of_its_own_and_a_lost_schema_are_refused()
    {
        using var files = new Scratch();
        await using (var up = await RoostProcess.UpAsync(files.Data, Ct)) up.Stop();
        var place = SharedPostgres.NewPlace();

        var refused = await RoostProcess.RunAsync(Ct, "up", "--data", files.Data, "--database", place);

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("has databases of its own", refused.Error, StringComparison.Ordinal);

        using var served = new Scratch();
        await using (var up = await RoostProcess.UpAsync(served.Data, Ct, "--database", place)) up.Stop();
        var lost = await RoostProcess.RunAsync(
            Ct, "up", "--data", served.Data, "--database", SharedPostgres.NewPlace(), "--listen", "http://127.0.0.1:0");
        Assert.Equal(3, lost.ExitCode);
        Assert.Contains("is missing in", lost.Error, StringComparison.Ordinal);
    }

    private static RoostProcess ServeUsers(string data, string? place = null) => RoostProcess.Start(
        ["serve", "users", "--data", data, "--listen", "http://127.0.0.1:0", .. place is null ? [] : (string[])["--database", place]]);

    private static async Task<string> UrlAsync(RoostProcess serve) =>
        (await serve.SaysAsync("users is ready", Ct)).Split(' ')[^1].TrimEnd('.');

    private static async Task<JsonDocument> PostAsync(
        HttpClient http, string path, string? token, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(fields.ToDictionary(field => field.Name, field => field.Value)),
        };
        if (token is not null) request.Headers.Authorization = new("Bearer", token);
        using var reply = await http.SendAsync(request, Ct);
        var body = await reply.Content.ReadAsStringAsync(Ct);
        Assert.True(reply.IsSuccessStatusCode, $"{path}: {reply.StatusCode} {body}");
        return JsonDocument.Parse(body);
    }
}
