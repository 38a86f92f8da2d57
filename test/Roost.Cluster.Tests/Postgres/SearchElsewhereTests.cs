using System.Net;
using Roost.Cluster.Tests.Crash;
using Roost.Cluster.Tests.Discovery;
using Xunit;

namespace Roost.Cluster.Tests.Postgres;

/// <summary>The search index in two real processes, which follow the posts of a third.</summary>
public sealed class SearchElsewhereTests(EtcdServer etcd) : IClassFixture<EtcdServer>
{
    private const string Search = "/api/v2/search?q=needle&type=statuses&limit=40";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Posts_are_found_whichever_process_is_killed_and_whichever_was_started_first()
    {
        if (etcd.Missing is { } missing) Assert.Skip(missing);
        var place = SharedPostgres.NewPlace();
        var store = etcd.Endpoint.ToString();
        using var users = new Scratch();
        using var rest = new Scratch();
        using var one = new Scratch();
        using var other = new Scratch();
        await using var first = ServeSearch(one.Data, "--database", place, "--store", store);
        await using var serve = RoostProcess.Start(
            "serve", "users", "--data", users.Data, "--listen", "http://127.0.0.1:0", "--store", store);
        await using var up = await RoostProcess.UpAsync(
            rest.Data, Ct, "--database", place, "--store", store, "--search", "store");
        await using var second = ServeSearch(other.Data, "--database", place, "--store", store);
        await first.SaysAsync("search is ready", Ct);
        await second.SaysAsync("search is ready", Ct);
        using var client = new Client(up.Url);
        var (_, _, token) = await client.JoinAsync(await client.AppTokenAsync(Ct), "ada", Ct);
        for (var i = 1; i <= 5; i++) await PostAsync(client, token, i);
        await FoundAsync(client, token, 5);

        await first.KillAsync(Ct);
        for (var i = 0; i < 20; i++) Assert.Equal(5, await CountAsync(client, token));
        await PostAsync(client, token, 6);
        await FoundAsync(client, token, 6);
        // It remembers the database.
        await using var again = ServeSearch(one.Data, "--store", store);
        await again.SaysAsync("search is ready", Ct);
        await second.KillAsync(Ct);
        // Web hears of the one that came back within a second.
        while (await client.GetAsync(Search, token, Ct) is { Status: HttpStatusCode.ServiceUnavailable }) { }
        Assert.Equal(6, await CountAsync(client, token));
        var tagged = await client.GetAsync("/api/v1/timelines/tag/owls", token, Ct);
        Assert.Equal(6, tagged.Json.GetArrayLength());

        again.Stop();
        Assert.Equal(0, (await again.EndAsync(Ct)).ExitCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync(Search, token, Ct)).Status);
        Assert.Equal(6, (await client.GetAsync("/api/v1/timelines/home", token, Ct)).Json.GetArrayLength());
    }

    [Fact]
    public async Task Where_the_index_is_must_fit_together()
    {
        using var scratch = new Scratch();

        var nowhere = await RoostProcess.RunAsync(Ct, "up", "--data", scratch.Data, "--search", "store");
        var uneven = await RoostProcess.RunAsync(
            Ct, "up", "--data", scratch.Data, "--search", "http://127.0.0.1:1", "--search-shards", "2");
        var bare = await RoostProcess.RunAsync(
            Ct, "serve", "search", "--data", scratch.Data, "--listen", "http://127.0.0.1:0");

        Assert.Contains("name that with --store URL", nowhere.Error, StringComparison.Ordinal);
        Assert.Contains("name each as often as the others", uneven.Error, StringComparison.Ordinal);
        Assert.Contains("Give --database", bare.Error, StringComparison.Ordinal);
        Assert.Equal((2, 2, 2), (nowhere.ExitCode, uneven.ExitCode, bare.ExitCode));
    }

    private static RoostProcess ServeSearch(string data, params string[] more) => RoostProcess.Start(
        ["serve", "search", "--data", data, "--listen", "http://127.0.0.1:0", .. more]);

    private static async Task PostAsync(Client client, string token, int number)
    {
        var reply = await client.PostAsync(
            "/api/v1/statuses", token, new { status = $"A needle, number {number}, for #owls" }, Ct);
        Assert.True(reply.IsSuccess, $"{reply}");
    }

    /// <summary>Asks until so many are found: what was posted last may be under way still.</summary>
    private static async Task FoundAsync(Client client, string token, int posts)
    {
        while (await CountAsync(client, token) is var count && count < posts) Assert.InRange(count, 0, posts);
    }

    private static async Task<int> CountAsync(Client client, string token)
    {
        var found = await client.GetAsync(Search, token, Ct);
        Assert.True(found.IsSuccess, $"{found}");
        return found.Json.GetProperty("statuses").GetArrayLength();
    }
}
