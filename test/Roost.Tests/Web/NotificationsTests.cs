using System.Net;
using Roost.Rpc;
using Roost.Services.Notifications;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Notifications, groups, markers and policies through the client API of a real server.</summary>
public sealed class NotificationsTests
{
    private const string V1 = "/api/v1/notifications";

    [Fact]
    public async Task Pages_follow_their_links_to_both_ends_and_types_choose()
    {
        await using var server = await PopulatedServer.StartAsync();
        await server.WriteAsync("post", new { status = "first" });
        await server.PostAsync($"/api/v1/statuses/{server["post"]}/favourite", token: "bob");
        await server.PostAsync($"/api/v1/statuses/{server["post"]}/reblog", token: "bob");
        await server.PostAsync($"/api/v1/accounts/{server["alice.id"]}/follow", token: "bob");
        for (var i = 0; i < 4; i++)
            await server.WriteAsync($"mention {i}", new { status = $"@alice number {i}" }, "bob");
        await CaughtAsync(server);

        var walked = new List<string>();
        var path = $"{V1}?limit=3&exclude_types[]=follow";
        while (path is not null)
        {
            var page = await server.GetAsync(path);
            walked.AddRange(page.Json.EnumerateArray().Select(one => one.GetProperty("type").GetString()!));
            path = LinkOf(page, "next");
        }
        var newest = await server.GetAsync($"{V1}?limit=1");
        var id = newest.Json[0].GetProperty("id").GetString();
        var since = await server.GetAsync($"{V1}?limit=1&since_id={id}");
        var oldest = await server.GetAsync($"{V1}?limit=2&min_id=0");
        var upwards = await server.GetAsync(LinkOf(oldest, "prev")!);

        Assert.Equal(["mention", "mention", "mention", "mention", "reblog", "favourite"], walked);
        Assert.Empty(since.Json.EnumerateArray());
        Assert.Null(since.Header("Link"));
        Assert.Equal(["reblog", "favourite"], Types(oldest));
        Assert.Equal(2, upwards.Json.GetArrayLength());
        Assert.Equal(
            ["follow"], Types(await server.GetAsync($"{V1}?types[]=follow&types[]=poll&account_id={server["bob.id"]}")));
        Assert.Empty(Types(await server.GetAsync($"{V1}?types[]=admin.sign_up")));
        Assert.Empty(Types(await server.GetAsync($"{V1}?account_id={server["carol.id"]}")));
    }

    [Fact]
    public async Task What_is_deleted_is_gone_and_its_place_is_filled()
    {
        await using var server = await PopulatedServer.StartAsync();
        for (var i = 0; i < 3; i++)
            await server.WriteAsync($"{i}", new { status = $"@alice number {i}" }, "bob");
        await server.DeleteAsync($"/api/v1/statuses/{server["1"]}", token: "bob");
        await CaughtAsync(server);

        var page = await server.GetAsync($"{V1}?limit=2");

        Assert.Equal(
            [server["2"], server["0"]],
            page.Json.EnumerateArray().Select(one => one.GetProperty("status").GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Groups_name_their_posts_and_accounts_once()
    {
        await using var server = await PopulatedServer.StartAsync();
        await server.WriteAsync("post", new { status = "fine" });
        foreach (var fan in (string[])["bob", "carol"])
        {
            await server.PostAsync($"/api/v1/statuses/{server["post"]}/favourite", token: fan);
            await server.PostAsync($"/api/v1/statuses/{server["post"]}/reblog", token: fan);
        }
        await CaughtAsync(server);

        var page = (await server.GetAsync("/api/v2/notifications?grouped_types[]=favourite&expand_accounts=partial_avatars"))
            .Json;

        Assert.Equal(2, page.GetProperty("accounts").GetArrayLength());
        Assert.Equal(server["post"], Assert.Single(page.GetProperty("statuses").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(
            [("favourite", 2), ("reblog", 1), ("reblog", 1)],
            page.GetProperty("notification_groups").EnumerateArray().Select(
                group => (group.GetProperty("type").GetString()!, group.GetProperty("notifications_count").GetInt32()))
                .Order());
    }

    [Fact]
    public async Task A_wrong_request_is_answered_with_an_error()
    {
        await using var server = await PopulatedServer.StartAsync();
        (string Method, string Path, int Status)[] wrong =
        [
            ("GET", "/api/v1/notifications/999999", 404),
            ("GET", "/api/v1/notifications/nothing", 404),
            ("GET", "/api/v1/notifications?max_id=last", 422),
            ("GET", "/api/v1/notifications?limit=0", 422),
            ("GET", "/api/v1/notifications?account_id=bob", 422),
            ("POST", "/api/v1/notifications/999999/dismiss", 404),
            ("GET", "/api/v2/notifications/favourite-1-2", 404),
            ("GET", "/api/v2/notifications/mention-1-2", 404),
            ("GET", "/api/v2/notifications/ungrouped-7", 404),
            ("GET", "/api/v1/notifications/requests/7", 404),
            ("POST", "/api/v1/notifications/requests/7/accept", 404),
            ("PATCH", "/api/v2/notifications/policy?for_new_accounts=never", 422),
            ("POST", "/api/v1/markers?home[last_read_id]=first", 422),
        ];

        foreach (var (method, path, status) in wrong)
        {
            var reply = await server.SendAsync(new HttpMethod(method), path, "alice", null);
            Assert.True(status == (int)reply.Status, $"{method} {path}: {reply.Status} {reply.Body}");
            Assert.NotEqual("", reply.Json.GetProperty("error").GetString());
        }
    }

    [Fact]
    public async Task Strangers_are_told_nothing()
    {
        await using var server = await PopulatedServer.StartAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, (await server.GetAsync(V1, token: null)).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await server.GetAsync(V1, token: "app")).Status);
    }

    private static async Task CaughtAsync(PopulatedServer server) => await server.Node.Notifications.Caught(
        new AwaitNotices(), Call.Until(TestContext.Current.CancellationToken));

    private static string[] Types(Reply page) =>
        [.. page.Json.EnumerateArray().Select(one => one.GetProperty("type").GetString()!)];

    private static string? LinkOf(Reply page, string rel)
    {
        var link = page.Header("Link")?.Split(", ").FirstOrDefault(one => one.Contains($"rel=\"{rel}\"", StringComparison.Ordinal));
        return link is null ? null : new Uri(link[1..link.IndexOf('>', StringComparison.Ordinal)]).PathAndQuery;
    }
}
