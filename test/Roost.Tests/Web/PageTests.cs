using System.Net;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

public sealed class PageTests
{
    [Fact]
    public async Task A_stranger_joins_posts_follows_reads_and_signs_out()
    {
        await using var host = await WebHost.StartAsync();
        var bob = host.Network.AddAccount("bob").Id;
        host.Network.AddPost(bob, "bob <was> here");
        var browser = new Browser(host);

        var joined = await browser.SubmitAsync(await browser.GetAsync("/"), "/sign-up",
            ("username", "alice"), ("email", "a@b.example"), ("password", "long enough"));
        joined.Is(HttpStatusCode.SeeOther);
        var home = await browser.GetAsync("/");
        Assert.Contains("Your timeline is empty", home.Body, StringComparison.Ordinal);
        (await browser.SubmitAsync(home, "/compose", ("status", "my first\r\npost"), ("visibility", "public")))
            .Is(HttpStatusCode.SeeOther);
        (await browser.SubmitAsync(home, "/follow", ("name", "@bob"))).Is(HttpStatusCode.SeeOther);
        home = await browser.GetAsync("/");
        Assert.Contains("<p>my first<br />post</p>", home.Body, StringComparison.Ordinal);
        Assert.Contains("bob &lt;was&gt; here", home.Body, StringComparison.Ordinal);
        (await browser.SubmitAsync(home, "/sign-out")).Is(HttpStatusCode.SeeOther);

        Assert.Contains("action=\"/sign-in\"", (await browser.GetAsync("/")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_settings_page_changes_what_the_profile_shows()
    {
        await using var host = await WebHost.StartAsync();
        host.Network.AddAccount("alice");
        var browser = new Browser(host);
        await browser.SignInAsync("alice", "correct horse");
        Assert.Equal("/sign-in?return_to=%2Fsettings", (await new Browser(host).GetAsync("/settings")).Header("Location"));

        var changed = await browser.SubmitAsync(
            await browser.GetAsync("/settings"), "/settings/profile", ("display_name", "Alice A."),
            ("note", "sings"), ("fields_attributes[0][name]", "Pet"), ("fields_attributes[0][value]", "cat"),
            ("source[privacy]", "private"), ("indexable", "true"));

        changed.Is(HttpStatusCode.OK);
        Assert.Contains("Your profile is changed.", changed.Body, StringComparison.Ordinal);
        var profile = await browser.GetAsync("/@alice");
        foreach (var shown in (string[])["Alice A.", "<p>sings</p>", "<dd dir=\"auto\">cat</dd>", "href=\"/settings\""])
            Assert.Contains(shown, profile.Body, StringComparison.Ordinal);
        Assert.Contains(
            "<option value=\"private\" selected>", (await browser.GetAsync("/")).Body, StringComparison.Ordinal);
        var refused = await browser.SubmitAsync(changed, "/settings/profile", ("source[language]", "klingon"));
        refused.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("Not changed. language is", refused.Body, StringComparison.Ordinal);
        var wrong = await browser.SubmitAsync(
            changed, "/settings/password", ("current", "wrong"), ("password", "longer than that"));
        wrong.Is(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task The_buttons_below_a_post_do_what_they_say()
    {
        await using var host = await WebHost.StartAsync();
        var alice = host.Network.AddAccount("alice").Id;
        var id = host.Network.AddPost(alice, "mine").Id;
        var browser = new Browser(host);
        await browser.SignInAsync("alice", "correct horse");

        foreach (var (verb, undo) in ((string, string)[])[("favourite", "unfavourite"), ("boost", "unboost"),
            ("unboost", "boost"), ("unfavourite", "favourite")])
        {
            (await browser.SubmitAsync(await browser.GetAsync("/"), $"/posts/{id}/{verb}")).Is(HttpStatusCode.SeeOther);
            var button = Browser.Between((await browser.GetAsync($"/@alice/{id}")).Body, $"/posts/{id}/{undo}\"", "</form>");
            Assert.Contains(
                undo.StartsWith("un", StringComparison.Ordinal) ? "aria-pressed=\"true\"" : "aria-pressed=\"false\"", button,
                StringComparison.Ordinal);
        }
        var page = await browser.GetAsync($"/@alice/{id}");
        var asked = await browser.GetAsync(
            WebUtility.HtmlDecode($"/posts/{id}/delete" + Browser.Between(page.Body, $"href=\"/posts/{id}/delete", "\"")));
        Assert.Contains("Delete this post?", asked.Body, StringComparison.Ordinal);
        (await browser.GetAsync($"/@alice/{id}")).Is(HttpStatusCode.OK);
        var deleted = await browser.SubmitAsync(asked, $"/posts/{id}/delete");
        Assert.Equal("/", deleted.Header("Location"));

        (await browser.GetAsync($"/@alice/{id}")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Older_posts_are_a_link_away_until_there_are_none()
    {
        await using var host = await WebHost.StartAsync();
        var alice = host.Network.AddAccount("alice").Id;
        for (var i = 0; i < 25; i++) host.Network.AddPost(alice, $"number {i}.");
        var browser = new Browser(host);
        await browser.SignInAsync("alice", "correct horse");

        var first = await browser.GetAsync("/");
        var older =
            await browser.GetAsync(
                WebUtility.HtmlDecode(Browser.Between(first.Body, "class=\"pager\"><a href=\"", "\"")));

        Assert.Contains("number 5.", first.Body, StringComparison.Ordinal);
        Assert.Contains("number 4.", older.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("number 5.", older.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"pager\"", older.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_from_elsewhere_does_nothing()
    {
        await using var host = await WebHost.StartAsync();
        var alice = host.Network.AddAccount("alice").Id;
        var browser = new Browser(host);
        await browser.SignInAsync("alice", "correct horse");
        var token = Browser.Between((await browser.GetAsync("/")).Body, "name=\"form_token\" value=\"", "\"");
        (string, string)[] good = [("status", "forged"), ("form_token", token)];

        (await browser.PostAsync("/compose", [("status", "forged")])).Is(HttpStatusCode.Forbidden);
        (await browser.PostAsync("/compose", [("status", "forged"), ("form_token", "x" + token[1..])]))
            .Is(HttpStatusCode.Forbidden);
        (await browser.PostAsync("/compose", good, ("Sec-Fetch-Site", "cross-site"))).Is(HttpStatusCode.Forbidden);
        (await browser.PostAsync("/compose", good, ("Origin", "https://evil.example"))).Is(HttpStatusCode.Forbidden);
        (await browser.PostAsync("/compose", good, ("Origin", "null"))).Is(HttpStatusCode.Forbidden);
        (await host.PostFormAsync("/compose", null, good)).Is(HttpStatusCode.Forbidden);

        Assert.Equal("[]", (await host.GetAsync("/api/v1/timelines/public")).Body);
        (await browser.PostAsync("/compose", good, ("Origin", host.Client.BaseAddress!.ToString().TrimEnd('/'))))
            .Is(HttpStatusCode.SeeOther);
        Assert.Equal(1,
            (await host.GetAsync($"/api/v1/accounts/{alice}")).Json.GetProperty("statuses_count").GetInt32());
    }

    [Fact]
    public async Task An_apps_token_is_no_session()
    {
        await using var host = await WebHost.StartAsync();
        var token = host.Network.AddToken(host.Network.AddAccount("alice").Id, "read");

        var page = await host.GetAsync("/", null, ("Cookie", $"roost_session={token}"));

        Assert.Contains("action=\"/sign-in\"", page.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example")]
    public async Task Signing_in_leads_nowhere_but_here(string returnTo)
    {
        await using var host = await WebHost.StartAsync();
        host.Network.AddAccount("alice");
        var browser = new Browser(host);
        var token = Browser.Between((await browser.GetAsync("/")).Body, "name=\"form_token\" value=\"", "\"");

        var reply = await browser.PostAsync(
            "/sign-in",
            [("login", "alice"), ("password", "correct horse"), ("form_token", token), ("return_to", returnTo)]);

        reply.Is(HttpStatusCode.SeeOther);
        Assert.Equal("/", reply.Header("Location"));
    }

    [Fact]
    public async Task A_wrong_password_is_said_in_words_and_what_was_typed_stays()
    {
        await using var host = await WebHost.StartAsync(o => o with { WrongPasswordsMax = 1 });
        host.Network.AddAccount("alice");
        var browser = new Browser(host);

        var wrong =
            await browser.SubmitAsync(await browser.GetAsync("/"), "/sign-in", ("login", "alice"),
                ("password", "nonsense"));
        var tooMany = await browser.SubmitAsync(wrong, "/sign-in", ("login", "alice"), ("password", "correct horse"));

        wrong.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("Name or password is wrong", wrong.Body, StringComparison.Ordinal);
        Assert.Contains("value=\"alice\"", wrong.Body, StringComparison.Ordinal);
        tooMany.Is(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task A_text_that_is_too_long_comes_back_to_be_mended()
    {
        await using var host = await WebHost.StartAsync(o => o with { PostCharactersMax = 5 });
        host.Network.AddAccount("alice");
        var browser = new Browser(host);
        await browser.SignInAsync("alice", "correct horse");

        var reply = await browser.SubmitAsync(await browser.GetAsync("/"), "/compose", ("status", "too long"));

        reply.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("the limit is 5", reply.Body, StringComparison.Ordinal);
        Assert.Contains(">too long</textarea>", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strangers_read_the_local_timeline_page_by_page()
    {
        await using var host = await WebHost.StartAsync();
        Assert.Contains("Nobody has posted here yet", (await host.GetAsync("/local")).Body, StringComparison.Ordinal);
        var alice = host.Network.AddAccount("alice").Id;
        for (var i = 0; i < 25; i++) host.Network.AddPost(alice, $"number {i}.");
        var browser = new Browser(host);

        var first = await browser.GetAsync("/local");
        var older = await browser.GetAsync(
            WebUtility.HtmlDecode(Browser.Between(first.Body, "class=\"pager\"><a href=\"", "\"")));

        Assert.Contains("href=\"/local\"", (await browser.GetAsync("/")).Body, StringComparison.Ordinal);
        Assert.Contains("number 5.", first.Body, StringComparison.Ordinal);
        Assert.Contains("number 4.", older.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"pager\"", older.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_profile_leads_to_its_followers_and_whom_it_follows()
    {
        await using var host = await WebHost.StartAsync();
        var alice = host.Network.AddAccount("alice").Id;
        var bob = host.Network.AddAccount("bob").Id;
        host.Network.AddFollow(bob, alice);
        var browser = new Browser(host);

        var profile = await browser.GetAsync("/@alice");
        Assert.Contains("<a href=\"/@alice/followers\">1 follower</a>", profile.Body, StringComparison.Ordinal);
        Assert.Contains("<a href=\"/@alice/following\">0 following</a>", profile.Body, StringComparison.Ordinal);

        Assert.Contains("href=\"/@bob\"", (await browser.GetAsync("/@alice/followers")).Body, StringComparison.Ordinal);
        Assert.Contains("Nobody yet.", (await browser.GetAsync("/@alice/following")).Body, StringComparison.Ordinal);
        (await browser.GetAsync("/@nobody/followers")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_is_wrong_with_a_sign_up_or_a_post_is_said_in_whole_sentences()
    {
        await using var host = await WebHost.StartAsync();
        host.Network.AddAccount("alice");
        var browser = new Browser(host);

        var taken = await browser.SubmitAsync(await browser.GetAsync("/"), "/sign-up",
            ("username", "alice"), ("email", "b@b.example"), ("password", "long enough"));
        await browser.SignInAsync("alice", "correct horse");
        var blank = await browser.SubmitAsync(await browser.GetAsync("/"), "/compose", ("status", " "));

        var field = Browser.Between(taken.Body, "<input name=\"username\"", "</div>");
        Assert.Contains(">This username has already been taken.</p>", field, StringComparison.Ordinal);
        Assert.Contains("aria-describedby=\"username-problem\"", field, StringComparison.Ordinal);
        Assert.Contains("Not posted. Text can&#x27;t be blank.", blank.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_rules_are_found_by_their_own_address_and_whoever_looks_after_a_server_without_any_reads_where_they_belong()
    {
        await using var server = await PopulatedServer.StartAsync(options => options with { Community = new() });
        using var stranger = new PageVisitor(server);
        using var owner = await PageVisitor.SignInAsync(server, "alice");

        var rules = await stranger.GetAsync("/rules");

        rules.Is(HttpStatusCode.SeeOther);
        Assert.Equal("/about#rules", rules.Header("Location"));
        Assert.Contains("id=\"rules\"", await stranger.ReadAsync("/about"), StringComparison.Ordinal);
        Assert.DoesNotContain("community.json", await stranger.ReadAsync("/about"), StringComparison.Ordinal);
        Assert.Contains("community.json", await owner.ReadAsync("/about"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice", "That is you")]
    [InlineData("bo", "Nobody here is called")]
    public async Task Following_nobody_or_oneself_is_answered_in_place(string name, string says)
    {
        await using var host = await WebHost.StartAsync();
        host.Network.AddAccount("alice");
        var browser = new Browser(host);
        await browser.SignInAsync("alice", "correct horse");

        var reply = await browser.SubmitAsync(await browser.GetAsync("/"), "/follow", ("name", name));

        reply.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains(says, reply.Body, StringComparison.Ordinal);
        Assert.Contains($"name=\"name\" value=\"{name}\"", reply.Body, StringComparison.Ordinal);
        Assert.Contains("action=\"/compose\"", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_page_knows_who_is_signed_in()
    {
        await using var host = await WebHost.StartAsync();
        host.Network.AddAccount("alice");
        var browser = new Browser(host);
        await browser.SignInAsync("alice", "correct horse");

        foreach (var path in (string[])["/nowhere/at/all", "/@nobody"])
        {
            var page = await browser.GetAsync(path);
            page.Is(HttpStatusCode.NotFound);
            Assert.Contains("action=\"/sign-out\"", page.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Hashtags_lead_to_their_own_pages()
    {
        await using var host = await WebHost.StartAsync();
        var id = host.Network.AddPost(host.Network.AddAccount("alice").Id, "about #birds").Id;

        var page = await host.GetAsync($"/@alice/{id}");
        var json = await host.GetAsync($"/api/v1/statuses/{id}");

        Assert.Contains("/tags/birds", page.Body, StringComparison.Ordinal);
        Assert.Contains("/tags/birds", json.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_makes_an_account_on_the_way_to_an_app_comes_back_to_it()
    {
        await using var host = await WebHost.StartAsync();
        var browser = new Browser(host);

        var joined = await browser.SubmitAsync(
            await browser.GetAsync("/?return_to=%2Foauth%2Fauthorize%3Fclient_id%3Dx"), "/sign-up",
            ("username", "alice"), ("email", "a@b.example"), ("password", "long enough"));

        Assert.Equal("/oauth/authorize?client_id=x", joined.Header("Location"));
    }

    [Fact]
    public async Task Browsers_and_crawlers_get_what_they_ask_every_server_for()
    {
        await using var host = await WebHost.StartAsync();

        Assert.Equal("image/png", (await host.GetAsync("/favicon.ico")).Header("Content-Type"));
        Assert.StartsWith("User-agent: *", (await host.GetAsync("/robots.txt")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_run_no_script_but_their_servers_own_files_and_say_so()
    {
        await using var host = await WebHost.StartAsync();
        host.Network.AddAccount("alice");

        foreach (var path in (string[])["/", "/about", "/local", "/@alice", "/@alice/followers", "/@nobody",
            "/nowhere/at/all"])
        {
            var page = await host.GetAsync(path);
            page.Is(path is "/@nobody" or "/nowhere/at/all" ? HttpStatusCode.NotFound : HttpStatusCode.OK);
            Assert.StartsWith("text/html", page.Header("Content-Type"), StringComparison.Ordinal);
            Assert.StartsWith("default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'",
                page.Header("Content-Security-Policy"), StringComparison.Ordinal);
            Assert.Equal("nosniff", page.Header("X-Content-Type-Options"));
            Assert.Equal(page.Body.Split("<script").Length, page.Body.Split("<script type=\"module\" src=\"/assets/").Length);
            Assert.DoesNotContain("style=\"", page.Body, StringComparison.OrdinalIgnoreCase);
        }
        var style = await host.GetAsync(Browser.Between((await host.GetAsync("/")).Body, "stylesheet\" href=\"", "\""));
        style.Is(HttpStatusCode.OK);
        Assert.Contains("immutable", style.Header("Cache-Control"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_https_cookies_are_secure_and_bound_to_the_host()
    {
        await using var host = await WebHost.StartAsync(o => o with { PublicUrl = new Uri("https://roost.example") });

        var cookie = (await host.GetAsync("/")).Headers["Set-Cookie"].Single();

        Assert.StartsWith("__Host-roost-visit=", cookie, StringComparison.Ordinal);
        Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase);
    }
}
