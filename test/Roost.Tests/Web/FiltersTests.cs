using System.Net;
using System.Text.Json;
using Roost.Rpc;
using Roost.Services.Notifications;
using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Tests.Services.Media;
using Roost.Tests.Web.Conformance;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Filters through the client API of a real server.</summary>
public sealed class FiltersTests
{
    [Fact]
    public async Task Every_status_tells_its_reader_what_matched_where_the_filter_holds()
    {
        await using var server = await PopulatedServer.StartAsync();
        await server.PostAsync($"/api/v1/accounts/{server["bob.id"]}/follow");
        await server.WriteAsync("post", new { status = "@alice A Spoiler for everybody" }, "bob");
        await FilterAsync(server, "warn", "home", "notifications", "public");
        await CaughtAsync(server);

        var home = (await server.GetAsync("/api/v1/timelines/home")).Json[0];
        var filtered = Assert.Single(home.GetProperty("filtered").EnumerateArray());
        Assert.Equal("spoiler", filtered.GetProperty("keyword_matches")[0].GetString());
        Assert.Equal("warn", filtered.GetProperty("filter").GetProperty("filter_action").GetString());
        Assert.Single(Filtered((await server.GetAsync("/api/v1/timelines/public")).Json[0]));
        Assert.Single(Filtered((await server.GetAsync("/api/v1/notifications")).Json[0].GetProperty("status")));
        Assert.Empty(Filtered((await server.GetAsync($"/api/v1/statuses/{server["post"]}")).Json));
        Assert.Empty(Filtered((await server.GetAsync($"/api/v1/accounts/{server["bob.id"]}/statuses")).Json[0]));
        Assert.Empty(Filtered((await server.GetAsync("/api/v1/timelines/public", "carol")).Json[0]));
    }

    [Fact]
    public async Task Hidden_posts_are_in_no_timeline_thread_or_notification_but_there_by_their_id()
    {
        await using var server = await PopulatedServer.StartAsync();
        await server.PostAsync($"/api/v1/accounts/{server["bob.id"]}/follow");
        await server.WriteAsync("start", new { status = "what happens?" });
        await server.WriteAsync("post", new { status = "@alice a spoiler", in_reply_to_id = server["start"] }, "bob");
        await FilterAsync(server, "hide", "home", "notifications", "public", "thread", "account");
        await CaughtAsync(server);

        Assert.Single((await server.GetAsync("/api/v1/timelines/home")).Json.EnumerateArray());
        Assert.Empty((await server.GetAsync($"/api/v1/accounts/{server["bob.id"]}/statuses")).Json.EnumerateArray());
        Assert.Empty((await server.GetAsync($"/api/v1/statuses/{server["start"]}/context")).Json
            .GetProperty("descendants").EnumerateArray());
        Assert.Empty((await server.GetAsync("/api/v1/notifications")).Json.EnumerateArray());
        Assert.Empty((await server.GetAsync("/api/v2/notifications")).Json.GetProperty("notification_groups").EnumerateArray());
        Assert.Single(Filtered((await server.GetAsync($"/api/v1/statuses/{server["post"]}")).Json));
    }

    [Fact]
    public async Task A_wrong_request_is_answered_with_an_error()
    {
        await using var server = await PopulatedServer.StartAsync();
        (string Method, string Path, int Status)[] wrong =
        [
            ("POST", "/api/v2/filters?title=a", 422),
            ("POST", "/api/v2/filters?title=a&context[]=everywhere", 422),
            ("POST", "/api/v2/filters?context[]=home", 422),
            ("POST", "/api/v2/filters?title=a&context[]=home&filter_action=burn", 422),
            ("POST", "/api/v2/filters?title=a&context[]=home&expires_in=never", 422),
            ("POST", "/api/v2/filters?title=a&context[]=home&expires_in=9223372036854775807", 422),
            ("POST", "/api/v2/filters?title=a&context[]=home&keywords_attributes[0][keyword]=", 422),
            ("GET", "/api/v2/filters/7", 404),
            ("PUT", "/api/v2/filters/7?title=b", 404),
            ("DELETE", "/api/v2/filters/keywords/7", 404),
            ("POST", "/api/v2/filters/7/keywords?keyword=a", 404),
            ("POST", "/api/v2/filters/7/statuses?status_id=1", 404),
            ("GET", "/api/v1/filters/7", 404),
        ];

        foreach (var (method, path, status) in wrong)
        {
            var reply = await server.SendAsync(new HttpMethod(method), path, "alice", null);
            Assert.True(status == (int)reply.Status, $"{method} {path}: {reply.Status} {reply.Body}");
            Assert.NotEqual("", reply.Json.GetProperty("error").GetString());
        }
    }

    [Fact]
    public async Task Keywords_are_taken_from_forms_in_either_spelling()
    {
        await using var server = await PopulatedServer.StartAsync();
        var form = "/api/v2/filters?title=a&context[]=home"
            + "&keywords_attributes[][keyword]=one&keywords_attributes[][whole_word]=true"
            + "&keywords_attributes[][keyword]=two&keywords_attributes[][whole_word]=false"
            + "&keywords_attributes[4][keyword]=three";

        var made = (await server.SendAsync(HttpMethod.Post, form, "alice", null)).Json;

        Assert.Equal(
            [("one", true), ("three", false), ("two", false)],
            made.GetProperty("keywords").EnumerateArray().Select(
                one => (one.GetProperty("keyword").GetString()!, one.GetProperty("whole_word").GetBoolean())).Order());
    }

    [Theory]
    [InlineData("/", "home")]
    [InlineData("/local", "public")]
    [InlineData("/tags/told", "public")]
    [InlineData("/search?q=spoiler&type=posts", "public")]
    [InlineData("/@bob", "account")]
    public async Task A_page_folds_what_a_filter_warns_of_and_only_where_it_holds(string page, string context)
    {
        await using var server = await PopulatedServer.StartAsync();
        await server.PostAsync($"/api/v1/accounts/{server["bob.id"]}/follow", new { });
        await server.PatchAsync("/api/v1/accounts/update_credentials", new { indexable = true }, "bob");
        await server.WriteAsync("post", new { status = "a spoiler #told" }, "bob");
        await server.WriteAsync("plain", new { status = "nothing #told" }, "bob");
        await FilterAsync(server, "warn", context);
        await server.Node.Search.Ingested(new AwaitIngest(), Call.Unbounded);
        await server.Node.Timelines.FanOut(new AwaitFanOut(), Call.Unbounded);
        using var alice = await PageVisitor.SignInAsync(server, "alice");
        using var carol = await PageVisitor.SignInAsync(server, "carol");

        var body = await alice.ReadAsync(page);

        var card = Browser.Between(body, $"id=\"post-{server["post"]}\"", "</article>");
        Assert.Contains("<span>Filtered: t</span></summary>", card, StringComparison.Ordinal);
        Assert.Contains("a spoiler", Browser.Between(card, "<details class=\"warned\">", "</details>"), StringComparison.Ordinal);
        Assert.DoesNotContain("Filtered", await carol.ReadAsync(page), StringComparison.Ordinal);
        Assert.DoesNotContain("Filtered", await alice.ReadAsync($"/@bob/{server["post"]}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_hides_the_pictures_of_what_a_filter_blurs()
    {
        await using var server = await PopulatedServer.StartAsync();
        using var alice = await PageVisitor.SignInAsync(server, "alice");
        using var bob = await PageVisitor.SignInAsync(server, "bob");
        (await bob.SubmitAsync(
            await bob.GetAsync("/compose"), "/compose", [("status", "a spoiler")],
            [("picture_1", Pictures.TwoHalves(8, 8, SKEncodedImageFormat.Png))])).Is(HttpStatusCode.SeeOther);
        await FilterAsync(server, "blur", "public");

        var body = await alice.ReadAsync("/local");

        var folded = Browser.Between(body, "<details class=\"warned\">", "</details>");
        Assert.Contains("<span>Filtered: t</span></summary>", folded, StringComparison.Ordinal);
        Assert.Contains("<img", folded, StringComparison.Ordinal);
        Assert.DoesNotContain("a spoiler", folded, StringComparison.Ordinal);
        Assert.Contains("a spoiler", body, StringComparison.Ordinal);
    }

    private static async Task FilterAsync(PopulatedServer server, string action, params string[] context) =>
        server.Keep("filter", await server.PostAsync("/api/v2/filters", new
        {
            title = "t",
            context,
            filter_action = action,
            keywords_attributes = new[] { new { keyword = "spoiler", whole_word = true } },
        }));

    private static JsonElement.ArrayEnumerator Filtered(JsonElement status) => status.GetProperty("filtered").EnumerateArray();

    private static async Task CaughtAsync(PopulatedServer server) => await server.Node.Notifications.Caught(
        new AwaitNotices(), Call.Until(TestContext.Current.CancellationToken));
}
