using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Rpc;
using Roost.Services.Notifications;
using Roost.Services.Users;
using Roost.Web;
using Xunit;

namespace Roost.Tests.Composition;

/// <summary>The Graph service on its own, and all else in a node that has a replica of it over the network.</summary>
public sealed class GraphElsewhereTests : IDisposable
{
    private readonly string _graph = Directory.CreateTempSubdirectory("roost-test-").FullName;
    private readonly string _rest = Directory.CreateTempSubdirectory("roost-test-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Directory.Delete(_graph, recursive: true);
        Directory.Delete(_rest, recursive: true);
    }

    [Fact]
    public async Task Home_is_right_over_two_processes_and_goes_on_while_the_graph_is_away()
    {
        var graph = await ServeAsync("http://127.0.0.1:0");
        var address = graph.Url;
        await using var server = await UpAsync(address);
        var (ada, bob) = (await RegisterAsync(server, "ada"), await RegisterAsync(server, "bob"));
        using (ada)
        using (bob)
        {
            await PostAsync(bob, "/api/v1/statuses", ("status", "before"));
            // Who is answered finds it: the home timeline of this very moment has what the followed one posted before.
            await PostAsync(ada, "/api/v1/accounts/2/follow");
            Assert.Equal(["before"], await HomeAsync(ada));
            await PostAsync(bob, "/api/v1/statuses", ("status", "after"));
            Assert.Equal(["after", "before"], await HomeAsync(ada));
            Assert.False(File.Exists(Path.Combine(_rest, "graph.db")));
            var list = await PostAsync(ada, "/api/v1/lists", ("title", "friends"));
            await PostAsync(ada, $"/api/v1/lists/{list.GetProperty("id").GetString()}/accounts", ("account_ids[]", "2"));
            Assert.Equal(
                ["after", "before"],
                await HomeAsync(ada, $"/api/v1/timelines/list/{list.GetProperty("id").GetString()}"));
            await server.Node.Notifications.Caught(new AwaitNotices(), Call.Until(Ct));
            using (var notices = JsonDocument.Parse(await bob.GetStringAsync("/api/v1/notifications", Ct)))
                Assert.Equal("follow", notices.RootElement[0].GetProperty("type").GetString());

            await graph.DisposeAsync();
            Assert.Equal(["after", "before"], await HomeAsync(ada));
            await PostAsync(bob, "/api/v1/statuses", ("status", "meanwhile"));
            Assert.Equal(["meanwhile", "after", "before"], await HomeAsync(ada));
            using (var refused = await ada.PostAsync("/api/v1/accounts/2/unfollow", null, Ct))
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
                Assert.Equal("application/json", refused.Content.Headers.ContentType!.MediaType);
            }

            await using var again = await ServeAsync(address.ToString());
            HttpStatusCode status;
            do
            {
                using var reply = await ada.PostAsync("/api/v1/accounts/2/unfollow", null, Ct);
                status = reply.StatusCode;
            }
            while (status == HttpStatusCode.ServiceUnavailable);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Empty(await HomeAsync(ada));
        }
    }

    [Fact]
    public async Task A_node_that_starts_again_has_what_it_had_and_which_starts_first_does_not_matter()
    {
        using var port = ClientPort.Bind("http://127.0.0.1:0");
        var address = port.Url;
        port.Dispose();
        var starting = UpAsync(address);
        Assert.False(starting.IsCompleted);
        await using var graph = await ServeAsync(address.ToString());
        await using (var server = await starting)
        {
            using var ada = await RegisterAsync(server, "ada");
            using var bob = await RegisterAsync(server, "bob");
            await PostAsync(bob, "/api/v1/statuses", ("status", "kept"));
            await PostAsync(ada, "/api/v1/accounts/2/follow");
        }

        await using var again = await UpAsync(address);
        var token = await again.Node.Users.CreateToken(new(0, new(1), "read"), Call.Until(Ct));
        using var http = ClientOf(again, token.Value);
        Assert.Equal(["kept"], await HomeAsync(http));
    }

    [Fact]
    public async Task A_directory_keeps_to_the_graph_that_it_has_or_has_not()
    {
        await using (var graph = await ServeAsync("http://127.0.0.1:0"))
        await using (await UpAsync(graph.Url))
        {
        }

        var alone = await Assert.ThrowsAsync<ServiceException>(() => StartAsync(new NodeOptions(_rest)));
        var other = await Assert.ThrowsAsync<ServiceException>(
            () => StartAsync(new NodeOptions(_graph) { GraphElsewhere = new([new("http://127.0.0.1:1")], []) }));

        Assert.Contains("--graph URL", alone.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_rest, "graph.db")));
        Assert.Contains("has a graph.db of its own", other.Message, StringComparison.Ordinal);
    }

    private Task<RoleServer> ServeAsync(string listen) =>
        RoleServer.StartAsync(Role.Graph, new(_graph, listen, []), admin: null, Ct);

    private Task<Server> UpAsync(Uri graph) =>
        StartAsync(new NodeOptions(_rest) { GraphElsewhere = new([graph], []) });

    private static Task<Server> StartAsync(NodeOptions options) => Server.StartAsync(
        options, "http://127.0.0.1:0", url => new WebOptions { PublicUrl = url }, LogLevel.Critical, Ct);

    private static async Task<HttpClient> RegisterAsync(Server server, string name)
    {
        var made = await server.Node.Users.Create(
            new(name, $"{name}@example.org", "correct horse battery", new FirstToken(0, "read write follow")),
            Call.Until(Ct));
        Assert.Empty(made.Errors);
        return ClientOf(server, made.Token!.Value);
    }

    private static HttpClient ClientOf(Server server, string token) => new()
    {
        BaseAddress = server.Url,
        DefaultRequestHeaders = { Authorization = new("Bearer", token) },
    };

    private static async Task<JsonElement> PostAsync(
        HttpClient http, string path, params (string Name, string Value)[] fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var reply = await http.PostAsync(path, content, Ct);
        var body = await reply.Content.ReadAsStringAsync(Ct);
        Assert.True(reply.IsSuccessStatusCode, $"{path}: {reply.StatusCode} {body}");
        using var read = JsonDocument.Parse(body);
        return read.RootElement.Clone();
    }

    private static async Task<string[]> HomeAsync(HttpClient http, string path = "/api/v1/timelines/home")
    {
        using var home = JsonDocument.Parse(await http.GetStringAsync(path, Ct));
        return [.. home.RootElement.EnumerateArray().Select(
            post => post.GetProperty("content").GetString()!.Replace("<p>", "", StringComparison.Ordinal)
                .Replace("</p>", "", StringComparison.Ordinal))];
    }
}
