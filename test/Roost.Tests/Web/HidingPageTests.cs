using System.Net;
using System.Text.Json;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Mutes, blocks and filters on the pages, without JavaScript.</summary>
public sealed class HidingPageTests : IAsyncLifetime
{
    private PopulatedServer _server = null!;
    private PageVisitor _carol = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PopulatedServer.StartAsync();
        await _server.WriteAsync("post", new { status = "the end of the film" }, "bob");
        _carol = await PageVisitor.SignInAsync(_server, "carol");
    }

    public async ValueTask DisposeAsync()
    {
        _carol.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Somebody_is_muted_from_their_profile_for_a_time_and_the_list_says_until_when()
    {
        Assert.Contains("You mute nobody.", await _carol.ReadAsync("/settings/mutes"), StringComparison.Ordinal);
        var link = WebUtility.HtmlDecode(Browser.Between(await _carol.ReadAsync("/@bob"), "<a href=\"/mute", "\""));

        var profile = await _carol.DoAsync("/mute" + link, "/mute", ("for", "86400"), ("notifications", "false"));

        Assert.Contains("You mute this account until", profile.Body, StringComparison.Ordinal);
        var tie = await TieAsync();
        Assert.Equal((true, false), (Flag(tie, "muting"), Flag(tie, "muting_notifications")));
        var list = await _carol.ReadAsync("/settings/mutes");
        Assert.Contains("their notifications are shown", list, StringComparison.Ordinal);
        Assert.Contains(" · until ", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mute_is_changed_and_ended_from_the_list()
    {
        await _carol.DoAsync("/settings/mutes", "/settings/mutes#mute", ("name", "@bob"), ("for", "3600"));
        const string change = "/mute?name=bob&return_to=%2Fsettings%2Fmutes";
        Assert.Contains(change, WebUtility.HtmlDecode(await _carol.ReadAsync("/settings/mutes")), StringComparison.Ordinal);
        Assert.Contains("as it is now", await _carol.ReadAsync(change), StringComparison.Ordinal);

        var kept = await _carol.DoAsync(change, "/mute", ("for", ""));
        Assert.Contains(" · until ", kept.Body, StringComparison.Ordinal);
        var forEver = await _carol.DoAsync(change, "/mute", ("for", "0"));
        Assert.Contains("until you end it", forEver.Body, StringComparison.Ordinal);
        var ended = await _carol.DoAsync("/settings/mutes", "/unmute");

        Assert.Contains("You mute nobody.", ended.Body, StringComparison.Ordinal);
        Assert.False(Flag(await TieAsync(), "muting"));
    }

    [Theory]
    [InlineData("nobody_here", "Nobody here is called")]
    [InlineData("carol", "That is you.")]
    [InlineData(" ", "Write the name of somebody.")]
    public async Task Whom_one_cannot_mute_or_block_is_said_below_the_name_that_was_typed(string name, string words)
    {
        foreach (var (path, action) in (ValueTuple<string, string>[])
            [("/settings/mutes", "/settings/mutes#mute"), ("/settings/blocks", "/settings/blocks#block")])
        {
            var refused = await _carol.SubmitAsync(await _carol.GetAsync(path), action, ("name", name), ("for", "3600"));

            refused.Is(HttpStatusCode.UnprocessableEntity);
            var field = Browser.Between(refused.Body, "<input name=\"name\"", "</div>");
            Assert.Contains($"value=\"{name.Trim()}\"", field, StringComparison.Ordinal);
            Assert.Contains("aria-describedby=\"name-problem\"", field, StringComparison.Ordinal);
            Assert.Contains(words, field, StringComparison.Ordinal);
            if (path == "/settings/mutes")
                Assert.Contains("<option value=\"3600\" selected", refused.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Blocking_is_asked_for_first_and_undone_from_the_list()
    {
        await _server.PostAsync($"/api/v1/accounts/{_server["bob.id"]}/follow", null, "carol");
        var link = WebUtility.HtmlDecode(Browser.Between(await _carol.ReadAsync("/@bob"), "<a href=\"/block", "\""));
        var asked = await _carol.GetAsync("/block" + link);
        Assert.Contains("Follows between you end", asked.Body, StringComparison.Ordinal);
        Assert.False(Flag(await TieAsync(), "blocking"));

        var profile = await _carol.DoAsync("/block" + link, "/block");

        Assert.Contains("You block this account.", profile.Body, StringComparison.Ordinal);
        var tie = await TieAsync();
        Assert.Equal((true, false), (Flag(tie, "blocking"), Flag(tie, "following")));
        Assert.Contains("@bob", await _carol.ReadAsync("/settings/blocks"), StringComparison.Ordinal);
        Assert.Contains("You block nobody.", (await _carol.DoAsync("/settings/blocks", "/unblock")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_are_blocked_and_unblocked_and_a_wrong_domain_is_kept_to_be_mended()
    {
        var page = await _carol.GetAsync("/settings/blocks");
        var refused = await _carol.SubmitAsync(page, "/settings/blocks/servers#servers", ("domain", "not a domain"));
        refused.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("value=\"not a domain\"", refused.Body, StringComparison.Ordinal);
        Assert.Contains("Domain is not a valid domain name.", refused.Body, StringComparison.Ordinal);

        var blocked = await _carol.DoAsync("/settings/blocks", "/settings/blocks/servers#servers", ("domain", "Spam.Example"));
        Assert.Contains("<bdi>spam.example</bdi>", blocked.Body, StringComparison.Ordinal);
        Assert.Equal("spam.example", Assert.Single(
            (await _server.GetAsync("/api/v1/domain_blocks", "carol")).Json.EnumerateArray()).GetString());
        var freed = await _carol.DoAsync("/settings/blocks", "/settings/blocks/servers");

        Assert.Contains("You block no server.", freed.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_filter_is_made_changed_and_removed()
    {
        Assert.Contains("You have no filters.", await _carol.ReadAsync("/settings/filters"), StringComparison.Ordinal);
        var made = await _carol.DoAsync(
            "/settings/filters/new", "/settings/filters/new", ("title", "Films"), ("more", "the film\r\n\r\n spoiler \r\nthe film"),
            ("more_whole", "true"), ("context[]", "public"), ("context[]", "account"), ("filter_action", "warn"),
            ("expires_in", "604800"));
        Assert.Contains("The filter is made.", made.Body, StringComparison.Ordinal);
        var filter = await FilterAsync();
        var id = filter.GetProperty("id").GetString();
        Assert.Equal(["the film", "spoiler"], Keywords(filter));
        Assert.Equal(["public", "account"], Texts(filter, "context"));
        Assert.Contains("Filtered: Films", await _carol.ReadAsync("/@bob"), StringComparison.Ordinal);

        var page = await _carol.GetAsync($"/settings/filters/{id}");
        var changed = await _carol.SubmitAsync(
            page, $"/settings/filters/{id}", ("title", "Cinema"), ("keywords_attributes[0][keyword]", ""),
            ("keywords_attributes[1][keyword]", "spoilers"), ("keywords_attributes[1][whole_word]", "true"),
            ("more", "credits"), ("context[]", "home"), ("filter_action", "hide"), ("expires_in", ""));
        changed.Is(HttpStatusCode.SeeOther);
        var now = await FilterAsync();
        Assert.Equal(["spoilers", "credits"], Keywords(now));
        Assert.Equal(("Cinema", "hide"), (now.GetProperty("title").GetString(), now.GetProperty("filter_action").GetString()));
        Assert.Equal(filter.GetProperty("expires_at").GetString(), now.GetProperty("expires_at").GetString());

        var gone = await _carol.DoAsync($"/settings/filters/{id}", $"/settings/filters/{id}/delete");
        Assert.Contains("The filter is gone.", gone.Body, StringComparison.Ordinal);
        (await _carol.GetAsync($"/settings/filters/{id}")).Is(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("title", "Give the filter a name.")]
    [InlineData("more", "Write a word or a phrase")]
    [InlineData("context[]", "Choose where it holds")]
    [InlineData("expires_in", "Choose how long it lasts")]
    public async Task What_a_filter_lacks_is_said_at_its_field_and_nothing_that_was_typed_is_lost(string lacks, string words)
    {
        (string Name, string Value)[] all =
        [
            ("title", "Ends & films"), ("more", "ends\ncredits"), ("context[]", "thread"), ("filter_action", "hide"),
            ("expires_in", "3600"),
        ];
        var refused = await _carol.SubmitAsync(
            await _carol.GetAsync("/settings/filters/new"), "/settings/filters/new",
            [.. all.Select(one => one.Name == lacks ? (lacks, lacks == "expires_in" ? "soon" : "") : one)
                .Where(one => one != ("context[]", ""))]);

        refused.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains(words, refused.Body, StringComparison.Ordinal);
        if (lacks != "title") Assert.Contains("value=\"Ends &amp; films\"", refused.Body, StringComparison.Ordinal);
        if (lacks != "more") Assert.Contains("ends\ncredits</textarea>", WebUtility.HtmlDecode(refused.Body), StringComparison.Ordinal);
        if (lacks != "context[]") Assert.Contains("value=\"thread\" checked", refused.Body, StringComparison.Ordinal);
        Assert.Contains("value=\"hide\" checked", refused.Body, StringComparison.Ordinal);
        Assert.Empty((await _server.GetAsync("/api/v2/filters", "carol")).Json.EnumerateArray());
    }

    [Fact]
    public async Task Posts_that_a_filter_names_are_shown_and_taken_out()
    {
        var filter = (await _server.PostAsync(
            "/api/v2/filters", new { title = "One", context = (string[])["home"] }, "carol")).Json;
        var id = filter.GetProperty("id").GetString();
        await _server.PostAsync($"/api/v2/filters/{id}/statuses", new { status_id = _server["post"] }, "carol");
        Assert.Contains("the end of the film", await _carol.ReadAsync($"/settings/filters/{id}"), StringComparison.Ordinal);

        var after = await _carol.DoAsync($"/settings/filters/{id}", $"/settings/filters/{id}/posts");

        Assert.DoesNotContain("the end of the film", after.Body, StringComparison.Ordinal);
        Assert.Empty((await FilterAsync()).GetProperty("statuses").EnumerateArray());
    }

    [Fact]
    public async Task One_post_is_filtered_from_its_menu_by_a_new_filter_and_by_one_that_there_is()
    {
        await _server.WriteAsync("other", new { status = "nothing of the kind" }, "bob");
        var link = WebUtility.HtmlDecode(Browser.Between(
            await _carol.ReadAsync("/@bob"), $"<a href=\"/posts/{_server["post"]}/filter", "\""));
        var path = $"/posts/{_server["post"]}/filter";
        var unnamed = await _carol.SubmitAsync(await _carol.GetAsync(path + link), path, ("title", " "));
        unnamed.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("Give the filter a name.", Browser.Between(unnamed.Body, "<input name=\"title\"", "</div>"), StringComparison.Ordinal);

        var profile = await _carol.DoAsync(path + link, path, ("title", "Enough"));
        var filter = (await FilterAsync()).GetProperty("id").GetString();
        var second = $"/posts/{_server["other"]}/filter?return_to=/local";
        await _carol.DoAsync(second, $"/posts/{_server["other"]}/filter", ("filter", filter!));

        Assert.Contains("Filtered: Enough", profile.Body, StringComparison.Ordinal);
        var named = (await FilterAsync()).GetProperty("statuses").EnumerateArray()
            .Select(one => one.GetProperty("status_id").GetString());
        Assert.Equal([_server["post"], _server["other"]], named);
        var local = await _carol.ReadAsync("/local");
        Assert.Equal(2, local.Split("Filtered: Enough").Length - 1);
        var none = await _carol.SubmitAsync(
            await _carol.GetAsync(second), $"/posts/{_server["other"]}/filter", ("filter", "999"));
        none.Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Nobody_sees_or_changes_what_is_somebody_elses_and_strangers_are_asked_to_sign_in()
    {
        var filter = (await _server.PostAsync(
            "/api/v2/filters",
            new { title = "Hers", context = (string[])["home"], keywords_attributes = new[] { new { keyword = "x" } } })).Json;
        var id = filter.GetProperty("id").GetString();
        (await _carol.GetAsync($"/settings/filters/{id}")).Is(HttpStatusCode.NotFound);
        var page = await _carol.GetAsync("/settings/filters/new");
        var form = page with
        {
            Body = page.Body.Replace("/settings/filters/new", $"/settings/filters/{id}", StringComparison.Ordinal),
        };
        (await _carol.SubmitAsync(form, $"/settings/filters/{id}", ("title", "Mine"), ("more", "x"), ("context[]", "home")))
            .Is(HttpStatusCode.NotFound);

        using var stranger = new PageVisitor(_server);
        foreach (var path in (string[])["/settings/mutes", "/settings/blocks", "/settings/filters", "/settings/filters/new",
            $"/settings/filters/{id}", "/mute?name=bob", "/block?name=bob", $"/posts/{_server["post"]}/filter"])
        {
            var reply = await stranger.GetAsync(path);
            reply.Is(HttpStatusCode.SeeOther);
            Assert.StartsWith("/sign-in?", reply.Header("Location"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Names_in_a_bio_are_links_where_somebody_is_called_so()
    {
        await _carol.DoAsync("/settings", "/settings/reading", ("expand_media", "default"));
        (await _carol.SubmitAsync(
            await _carol.GetAsync("/settings"), "/settings/profile", ("note", "with @bob and @nobody_here"),
            ("fields_attributes[0][name]", "Friend"), ("fields_attributes[0][value]", "@bob"))).Is(HttpStatusCode.OK);

        var profile = await _carol.ReadAsync("/@carol");

        Assert.Equal(2, profile.Split("class=\"u-url mention\">@<span>bob</span>").Length - 1);
        Assert.Contains("and @nobody_here", profile, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_and_password_in_a_link_are_not_shown()
    {
        await _server.WriteAsync("link", new { status = "see https://bank.example:pw@evil.example/a@b" }, "bob");

        var page = await _carol.ReadAsync("/@bob");

        Assert.Contains("<span class=\"\">evil.example/a@b</span>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task French_readers_read_it_in_French()
    {
        var page = await _carol.GetAsync("/settings/filters/new", ("Accept-Language", "fr"));
        var decoded = WebUtility.HtmlDecode(page.Body);
        Assert.Contains("Un nouveau filtre", decoded, StringComparison.Ordinal);
        Assert.Contains("fils publics, mots-dièse et recherche", decoded, StringComparison.Ordinal);
    }

    private async Task<JsonElement> TieAsync() =>
        (await _server.GetAsync($"/api/v1/accounts/relationships?id[]={_server["bob.id"]}", "carol")).Json[0];

    private async Task<JsonElement> FilterAsync() =>
        Assert.Single((await _server.GetAsync("/api/v2/filters", "carol")).Json.EnumerateArray().ToArray());

    private static bool Flag(JsonElement tie, string name) => tie.GetProperty(name).GetBoolean();

    private static string?[] Keywords(JsonElement filter) =>
        [.. filter.GetProperty("keywords").EnumerateArray().Select(one => one.GetProperty("keyword").GetString())];

    private static string?[] Texts(JsonElement filter, string name) =>
        [.. filter.GetProperty(name).EnumerateArray().Select(one => one.GetString())];
}
