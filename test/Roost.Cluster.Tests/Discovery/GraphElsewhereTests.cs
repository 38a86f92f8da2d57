using System.Net;
using System.Text.Json;
using Roost.Cluster.Tests.Crash;
using Xunit;

namespace Roost.Cluster.Tests.Discovery;

/// <summary>A Graph service in a real process of its own, and a node that has a replica of it; both are killed.</summary>
public sealed class GraphElsewhereTests(EtcdServer etcd) : IClassFixture<EtcdServer>
{
    private const int Followees = 12;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Acknowledged_follows_survive_kills_of_either_side_and_home_is_right_each_time()
    {
        using var graphData = new Scratch();
        using var rest = new Scratch();
        var graph = Serve("graph", graphData.Data, "http://127.0.0.1:0");
        RoostProcess? up = null;
        try
        {
            var url = await UrlAsync("graph", graph);
            up = await RoostProcess.UpAsync(rest.Data, Ct, "--graph", url);
            var ada = await JoinAsync(up, "ada");
            for (var i = 1; i <= Followees; i++)
            {
                var other = await JoinAsync(up, $"other{i}");
                Assert.Equal(HttpStatusCode.OK, await PostAsync(up, other, "/api/v1/statuses", ("status", $"{i}")));
            }

            for (var i = 1; i <= Followees; i++)
            {
                // Every third follow finds the Graph just killed; every fourth one's node is killed after the answer.
                if (i % 3 == 0)
                {
                    await graph.KillAsync(Ct);
                    Assert.Equal(HttpStatusCode.ServiceUnavailable, await FollowAsync(up, ada, i + 1));
                    Assert.Equal(i - 1, await CountHomeAsync(up, ada));
                    await graph.DisposeAsync();
                    graph = Serve("graph", graphData.Data, url);
                    await graph.SaysAsync("graph is ready", Ct);
                }
                HttpStatusCode status;
                do status = await FollowAsync(up, ada, i + 1);
                while (status == HttpStatusCode.ServiceUnavailable);
                Assert.Equal(HttpStatusCode.OK, status);
                if (i % 4 == 0)
                {
                    await up.KillAsync(Ct);
                    await up.DisposeAsync();
                    up = await RoostProcess.UpAsync(rest.Data, Ct, "--graph", url);
                }
                Assert.Equal(i, await CountHomeAsync(up, ada));
            }
        }
        finally
        {
            if (up is not null) await up.DisposeAsync();
            await graph.DisposeAsync();
        }
        foreach (var data in (string[])[graphData.Data, rest.Data])
        {
            var check = await RoostProcess.RunAsync(Ct, "check", "--data", data);
            Assert.True(check.ExitCode == 0, check.ToString());
        }
    }

    [Fact]
    public async Task A_graph_is_found_through_etcd_wherever_it_comes_back()
    {
        if (etcd.Missing is { } missing) Assert.Skip(missing);
        using var usersData = new Scratch();
        using var graphData = new Scratch();
        using var rest = new Scratch();
        var store = etcd.Endpoint.ToString();
        await using var users = Serve("users", usersData.Data, "http://127.0.0.1:0", "--store", store);
        await using var first = Serve("graph", graphData.Data, "http://127.0.0.1:0", "--store", store);
        await using var up = await RoostProcess.UpAsync(rest.Data, Ct, "--store", store, "--graph", "store");
        var ada = await JoinAsync(up, "ada");
        await JoinAsync(up, "bob");

        await first.KillAsync(Ct);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await FollowAsync(up, ada, 2));
        await using var second = Serve("graph", graphData.Data, "http://127.0.0.1:0", "--store", store);
        HttpStatusCode status;
        do status = await FollowAsync(up, ada, 2);
        while (status == HttpStatusCode.ServiceUnavailable);

        Assert.Equal(HttpStatusCode.OK, status);
        second.Stop();
        Assert.Equal(0, (await second.EndAsync(Ct)).ExitCode);
    }

    [Fact]
    public async Task Where_the_graph_is_must_be_said_in_one_way()
    {
        using var rest = new Scratch();

        var nowhere = await RoostProcess.RunAsync(Ct, "up", "--data", rest.Data, "--graph", "store");
        var nonsense = await RoostProcess.RunAsync(Ct, "up", "--data", rest.Data, "--graph", "there");

        Assert.Contains("name that with --store URL", nowhere.Error, StringComparison.Ordinal);
        Assert.Contains("--graph 'there' is no URL", nonsense.Error, StringComparison.Ordinal);
        Assert.Equal((2, 2), (nowhere.ExitCode, nonsense.ExitCode));
    }

    private static RoostProcess Serve(string role, string data, string listen, params string[] more) =>
        RoostProcess.Start(["serve", role, "--data", data, "--listen", listen, .. more]);

    private static async Task<string> UrlAsync(string role, RoostProcess serve) =>
        (await serve.SaysAsync($"{role} is ready", Ct)).Split(' ')[^1].TrimEnd('.');

    private static Task<HttpStatusCode> FollowAsync(RoostProcess up, string token, int account) =>
        PostAsync(up, token, $"/api/v1/accounts/{account}/follow");

    private static async Task<int> CountHomeAsync(RoostProcess up, string token)
    {
        using var http = ClientOf(up, token);
        using var home = JsonDocument.Parse(await http.GetStringAsync("/api/v1/timelines/home", Ct));
        return home.RootElement.GetArrayLength();
    }

    private static async Task<HttpStatusCode> PostAsync(
        RoostProcess up, string token, string path, params (string Name, string Value)[] fields)
    {
        using var http = ClientOf(up, token);
        using var reply = await http.PostAsync(path, Form(fields), Ct);
        return reply.StatusCode;
    }

    private static async Task<string> JoinAsync(RoostProcess up, string name)
    {
        using var client = new Client(up.Url);
        return await client.JoinAsync(name, Ct);
    }

    private static HttpClient ClientOf(RoostProcess up, string? token)
    {
        var http = new HttpClient { BaseAddress = up.Url };
        if (token is not null) http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return http;
    }

    private static FormUrlEncodedContent Form((string Name, string Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
}
