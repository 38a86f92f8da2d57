using System.Net;
using System.Text.RegularExpressions;
using Roost.Engine.Ids;
using Roost.Services.Posts;
using Xunit;

namespace Roost.Tests.Web.Streaming;

/// <summary>What Roost's own pages hear of, by the session in the cookie.</summary>
public sealed partial class LivePageTests
{
    [Fact]
    public async Task A_page_hears_of_every_post_since_it_was_made_and_of_nothing_but_ids()
    {
        await using var server = await StreamServer.StartAsync(2);
        await server.FollowAsync(1, 2);
        await server.PostAsync(2, "on the page");
        var page = await (await GetAsync(server, "/", 1)).Content.ReadAsStringAsync(StreamServer.Ct);
        var between = await server.PostAsync(2, "while the page was on its way");

        using var stream = await EventReader.OpenAsync(await GetAsync(server, LiveOf(page), 1), StreamServer.Ct);
        var live = await server.PostAsync(2, "later");

        foreach (var post in (Post[])[between, live])
        {
            var told = (await stream.NextAsync())!;
            Assert.Equal(("update", post.Id.ToString()), (told.Name, told.Data));
        }
    }

    [Theory]
    [InlineData("/local")]
    [InlineData("/@u2")]
    [InlineData("/@u2/POST")]
    public async Task Strangers_hear_of_what_everybody_may_see_and_of_nothing_else(string path)
    {
        await using var server = await StreamServer.StartAsync(3);
        var first = await server.PostAsync(2, "first");
        var reply = await GetAsync(server, path.Replace("POST", first.Id.ToString(), StringComparison.Ordinal), 0);
        var page = await reply.Content.ReadAsStringAsync(StreamServer.Ct);
        using var stream = await EventReader.OpenAsync(await GetAsync(server, LiveOf(page), 0), StreamServer.Ct);

        await server.PostAsync(2, "for followers", first.Id, Visibility.Followers);
        await server.PostAsync(3, "elsewhere", visibility: Visibility.Unlisted);
        var post = await server.PostAsync(2, "goes on", first.Id);

        Assert.Equal(post.Id.ToString(), (await stream.NextAsync())!.Data);
    }

    [Fact]
    public async Task A_thread_hears_of_answers_to_answers()
    {
        await using var server = await StreamServer.StartAsync(3);
        var first = await server.PostAsync(2, "first");
        using var stream = await EventReader.OpenAsync(
            await GetAsync(server, $"/live/posts/{first.Id}", 1), StreamServer.Ct);

        var answer = await server.PostAsync(3, "answer", first.Id);
        await server.PostAsync(3, "something else");
        var further = await server.PostAsync(1, "answer to the answer", answer.Id);

        Assert.Equal(answer.Id.ToString(), (await stream.NextAsync())!.Data);
        Assert.Equal(further.Id.ToString(), (await stream.NextAsync())!.Data);
    }

    [Fact]
    public async Task Other_sites_cannot_listen_with_a_session()
    {
        await using var server = await StreamServer.StartAsync(1);

        using var ours = await GetAsync(server, "/live/home", 1, ("Sec-Fetch-Site", "same-origin"));
        using var crossSite = await GetAsync(server, "/live/home", 1, ("Sec-Fetch-Site", "cross-site"));
        using var sameSite = await GetAsync(server, "/live/home", 1, ("Sec-Fetch-Site", "same-site"));
        using var origin = await GetAsync(server, "/live/home", 1, ("Origin", "https://evil.example"));
        using var api = await GetAsync(server, "/api/v1/streaming/user", 1);

        Assert.Equal(HttpStatusCode.OK, ours.StatusCode);
        Assert.False(ours.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Equal("same-origin", ours.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.Equal(HttpStatusCode.Forbidden, crossSite.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, sameSite.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, origin.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);
    }

    [Fact]
    public async Task Only_a_first_page_listens_and_its_script_is_a_file_of_ours()
    {
        await using var server = await StreamServer.StartAsync(1);
        await server.PostAsync(1);

        var first = await GetAsync(server, "/", 1);
        var older = await GetAsync(server, $"/?max_id={new PostId(long.MaxValue)}", 1);

        var page = await first.Content.ReadAsStringAsync(StreamServer.Ct);
        var script = Script().Match(page).Groups["url"].Value;
        using var file = await GetAsync(server, script, 0);
        Assert.Equal("text/javascript", file.Content.Headers.ContentType!.MediaType);
        Assert.Contains("script-src 'self'", first.Headers.GetValues("Content-Security-Policy").Single(),
            StringComparison.Ordinal);
        Assert.DoesNotContain("data-live", await older.Content.ReadAsStringAsync(StreamServer.Ct),
            StringComparison.Ordinal);
        using var stranger = await GetAsync(server, "/live/home", 0);
        Assert.Equal(HttpStatusCode.Forbidden, stranger.StatusCode);
    }

    /// <param name="account">Who is signed in; 0 for nobody.</param>
    private static async Task<HttpResponseMessage> GetAsync(
        StreamServer server, string path, int account, params (string Name, string Value)[] headers)
    {
        (string, string)[] session = account > 0 ? [("Cookie", "roost_session=" + server.TokenOf(account))] : [];
        return await server.GetPageAsync(path, [.. headers, .. session]);
    }

    private static string LiveOf(string page)
    {
        var found = Live().Match(page);
        Assert.True(found.Success, page);
        return $"{found.Groups["path"].Value}?after={found.Groups["after"].Value}";
    }

    [GeneratedRegex("data-live=\"(?<path>[^\"]+)\" data-after=\"(?<after>[0-9]+)\"")]
    private static partial Regex Live();

    [GeneratedRegex("<script type=\"module\" src=\"(?<url>/assets/[^\"]+)\">")]
    private static partial Regex Script();
}
