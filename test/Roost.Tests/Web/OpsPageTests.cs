using System.Net;
using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Rpc.Admin.Errors;
using Roost.Services.Community;
using Roost.Services.Users;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>The pages of those who look after the community.</summary>
public sealed class OpsPageTests
{
    [Fact]
    public async Task Who_has_no_such_role_finds_no_such_page()
    {
        await using var server = await PopulatedServer.StartAsync();
        using var bob = await PageVisitor.SignInAsync(server, "bob");
        using var alice = await PageVisitor.SignInAsync(server, "alice");

        (await bob.GetAsync("/ops")).Is(HttpStatusCode.NotFound);
        Assert.DoesNotContain("href=\"/ops\"", await bob.ReadAsync("/menu"), StringComparison.Ordinal);

        var own = await bob.GetAsync("/compose");
        foreach (var path in (string[])["/ops/people/3/approve", "/ops/reports/1"])
        {
            var form = own with { Body = own.Body.Replace("action=\"/compose\"", $"action=\"{path}\"", StringComparison.Ordinal) };
            (await bob.SubmitAsync(form, path)).Is(HttpStatusCode.NotFound);
        }
        var page = await alice.ReadAsync("/ops");
        Assert.Contains("Configuration in force", page, StringComparison.Ordinal);
        Assert.Contains("PostCharactersMax", page, StringComparison.Ordinal);
        var french = WebUtility.HtmlDecode((await alice.GetAsync("/ops", ("Accept-Language", "fr"))).Body);
        Assert.Contains("Caractères d’un message, au plus", french, StringComparison.Ordinal);
        Assert.Matches("[0-9]\u00A0(octets|Ko|Mo)", french);
    }

    [Fact]
    public async Task Of_two_moderators_who_answer_a_report_at_the_same_instant_one_is_told_that_it_is_done()
    {
        await using var server = await PopulatedServer.StartAsync();
        for (var i = 0; i < 8; i++)
            await server.PostAsync("/api/v1/reports", new { account_id = server["bob.id"], comment = $"no {i}" }, "carol");
        using var alice = await PageVisitor.SignInAsync(server, "alice");
        using var same = await PageVisitor.SignInAsync(server, "alice");
        var (page, other) = (await alice.GetAsync("/ops"), await same.GetAsync("/ops"));

        foreach (var part in page.Body.Split("action=\"/ops/reports/")[1..])
        {
            var path = "/ops/reports/" + part.Split('"')[0];
            var replies = await Task.WhenAll(
                alice.SubmitAsync(page, path, ("type", "none"), ("text", "Mind the rules.")),
                same.SubmitAsync(other, path, ("type", "none"), ("text", "Mind the rules.")));
            Assert.Equal(
                [HttpStatusCode.SeeOther, HttpStatusCode.Conflict], replies.Select(reply => reply.Status).Order());
        }
        Assert.Equal(8, await server.Node.Community.NewestWarning(new GetNewestWarning(), Call.Unbounded));
    }

    [Fact]
    public async Task A_report_is_read_and_answered_and_written_down()
    {
        await using var server = await PopulatedServer.StartAsync();
        await server.WriteAsync("open", new { status = "buy this" }, "bob");
        await server.WriteAsync("closed", new { status = "@carol tangerine", visibility = "direct" }, "bob");
        await server.PostAsync(
            "/api/v1/reports",
            new { account_id = server["bob.id"], status_ids = new[] { server["open"], server["closed"] }, comment = "he <sells>" }, "carol");
        using var alice = await PageVisitor.SignInAsync(server, "alice");

        var page = await alice.GetAsync("/ops");
        Assert.Contains("he &lt;sells&gt;", page.Body, StringComparison.Ordinal);
        Assert.Contains("buy this", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("tangerine", page.Body, StringComparison.Ordinal);
        var id = Browser.Between(page.Body, "action=\"/ops/reports/", "\"");
        var done = await alice.DoAsync("/ops", $"/ops/reports/{id}", ("type", "suspend"));

        Assert.Contains("They are suspended now, and are told.", done.Body, StringComparison.Ordinal);
        Assert.Contains("No report is open.", done.Body, StringComparison.Ordinal);
        (await alice.GetAsync("/@bob")).Is(HttpStatusCode.NotFound);
        var noted = await server.Node.Community.Actions(new ListActions(), Call.Unbounded);
        Assert.Contains(noted, action => action.Action == "suspend account" && action.Target == "bob");
    }

    [Fact]
    public async Task Words_are_sent_only_by_who_chose_to_and_a_report_is_answered_once()
    {
        await using var server = await PopulatedServer.StartAsync();
        await server.PostAsync("/api/v1/reports", new { account_id = server["bob.id"], comment = "rude" }, "carol");
        using var alice = await PageVisitor.SignInAsync(server, "alice");
        var page = await alice.GetAsync("/ops");
        var answer = "/ops/reports/" + Browser.Between(page.Body, "action=\"/ops/reports/", "\"");
        var act = $"/ops/people/{server["bob.id"]}/act";

        foreach (var (type, text, words) in ((string, string, string)[])
            [("nothing", "Be kind", "Nothing is done, so nobody is told these words."), ("none", " ", "Write the words"),
            ("none", new string('x', 2_001), "too long"), ("burn", "", "Type is none of")])
        {
            var refused = await alice.SubmitAsync(page, answer, ("type", type), ("text", text));
            refused.Is(HttpStatusCode.UnprocessableEntity);
            Assert.Contains(words, refused.Body, StringComparison.Ordinal);
            Assert.Contains($"value=\"{text.Trim()}\"", refused.Body, StringComparison.Ordinal);
            if (type != "none") continue;
            var same = await alice.SubmitAsync(await alice.GetAsync("/ops/people?q=bob"), act, ("type", type), ("text", text));
            same.Is(HttpStatusCode.UnprocessableEntity);
            Assert.Contains(words, same.Body, StringComparison.Ordinal);
            Assert.Contains("@bob", same.Body, StringComparison.Ordinal);
        }
        Assert.Equal(0, await server.Node.Community.NewestWarning(new GetNewestWarning(), Call.Unbounded));

        var done = await alice.DoAsync("/ops", answer, ("type", "nothing"));
        Assert.Contains("The report is answered.", done.Body, StringComparison.Ordinal);
        var again = await alice.SubmitAsync(page, answer, ("type", "suspend"), ("text", "So it is."));

        again.Is(HttpStatusCode.Conflict);
        Assert.Contains("answered already", again.Body, StringComparison.Ordinal);
        (await alice.GetAsync("/@bob")).Is(HttpStatusCode.OK);
        Assert.Equal(0, await server.Node.Community.NewestWarning(new GetNewestWarning(), Call.Unbounded));
        var told = await alice.DoAsync("/ops/people?q=bob", act, ("type", "none"), ("text", "Be kind"));
        Assert.Contains("They are told.", told.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_waits_is_let_in_or_not_and_nobody_acts_on_their_equals()
    {
        await using var server = await PopulatedServer.StartAsync();
        foreach (var (name, id) in ((string, string)[])[("bob", server["bob.id"]), ("carol", server["carol.id"])])
        {
            await server.Node.Moderation.Change(
                new ChangeStanding(new AccountId(int.Parse(id, null)), Waiting: true), Call.Unbounded);
        }
        using var alice = await PageVisitor.SignInAsync(server, "alice");

        await alice.DoAsync("/ops", $"/ops/people/{server["bob.id"]}/approve");
        await alice.DoAsync("/ops", $"/ops/people/{server["carol.id"]}/reject");

        Assert.Contains("Nobody is waiting.", await alice.ReadAsync("/ops"), StringComparison.Ordinal);
        (await alice.GetAsync("/@bob")).Is(HttpStatusCode.OK);
        (await alice.GetAsync("/@carol")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task People_are_found_acted_on_and_given_back_what_was_taken()
    {
        await using var server = await PopulatedServer.StartAsync();
        using var alice = await PageVisitor.SignInAsync(server, "alice");
        using var bob = await PageVisitor.SignInAsync(server, "bob");
        (await bob.GetAsync("/ops/people")).Is(HttpStatusCode.NotFound);
        var act = $"/ops/people/{server["bob.id"]}/act";

        var all = await alice.ReadAsync("/ops/people");
        Assert.Contains("@carol", all, StringComparison.Ordinal);
        // Nobody acts on themselves.
        Assert.DoesNotContain($"/ops/people/{server["alice.id"]}/act", all, StringComparison.Ordinal);
        var found = await alice.ReadAsync("/ops/people?q=%40BO");
        Assert.Contains(act, found, StringComparison.Ordinal);
        Assert.DoesNotContain("@carol", found, StringComparison.Ordinal);
        Assert.Contains("Nobody is like that.", await alice.ReadAsync("/ops/people?status=suspended"), StringComparison.Ordinal);

        foreach (var (type, status, undo) in ((string, string, string)[])
            [("silence", "silenced", "unsilence"), ("disable", "disabled", "enable"),
            ("suspend", "suspended", "unsuspend"), ("sensitive", "sensitized", "unsensitive")])
        {
            var done = await alice.DoAsync("/ops/people?q=bob", act, ("type", type), ("text", "So it is."));
            Assert.Contains("@bob", await alice.ReadAsync($"/ops/people?status={status}"), StringComparison.Ordinal);
            Assert.Contains($"/{undo}", done.Body, StringComparison.Ordinal);
            var back = await alice.DoAsync("/ops/people?q=bob", $"/ops/people/{server["bob.id"]}/{undo}");
            Assert.DoesNotContain($"/{undo}", back.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("@bob", await alice.ReadAsync($"/ops/people?status={status}"), StringComparison.Ordinal);
        }

        var noted = await server.Node.Community.Actions(new ListActions(), Call.Unbounded);
        Assert.Contains(noted, action => action.Action == "unsuspend account" && action.Target == "bob");
    }

    [Fact]
    public async Task People_are_found_by_address_and_in_pages()
    {
        await using var server = await PopulatedServer.StartAsync();
        using var alice = await PageVisitor.SignInAsync(server, "alice");
        var now = TimeProvider.System.GetUtcNow();
        await server.Node.Users.Import(
            new ImportAccounts([.. Enumerable.Range(0, 50).Select(i => new AccountDraft($"many{i}", $"M {i}", now))]),
            Call.Unbounded);
        var records = await server.Node.Moderation.List(new ListAccounts(Username: "carol"), Call.Unbounded);

        var byAddress = await alice.ReadAsync("/ops/people?q=" + Uri.EscapeDataString(records[0].Email!));
        Assert.Contains("@carol", byAddress, StringComparison.Ordinal);
        Assert.DoesNotContain("@bob", byAddress, StringComparison.Ordinal);
        var domain = records[0].Email!.Split('@')[1];
        Assert.Contains("@bob", await alice.ReadAsync($"/ops/people?q=@{domain}"), StringComparison.Ordinal);
        Assert.Contains("Nobody is like that.", await alice.ReadAsync("/ops/people?q=x.example"), StringComparison.Ordinal);

        var first = await alice.ReadAsync("/ops/people?q=many");
        Assert.Contains("@many49", first, StringComparison.Ordinal);
        Assert.DoesNotContain("@many9 ", first, StringComparison.Ordinal);
        var older = WebUtility.HtmlDecode(
            Browser.Between(first, "class=\"pager\"><a class=\"button second\" href=\"", "\""));
        var second = await alice.ReadAsync(older);
        Assert.Contains("@many0 ", second, StringComparison.Ordinal);
        Assert.DoesNotContain("class=\"pager\"", second, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_administrator_sees_what_the_server_does_in_charts_and_in_figures()
    {
        await using var server = await PopulatedServer.StartAsync();
        using var alice = await PageVisitor.SignInAsync(server, "alice");
        Assert.Contains("<td>–</td>", WebUtility.HtmlDecode(await alice.ReadAsync("/ops/live")), StringComparison.Ordinal);
        await server.WriteAsync("counted", new { status = "Count me" }, "bob");
        server.History.Take();

        var page = await alice.GetAsync("/ops/live?minutes=60", ("Accept-Language", "fr"));

        var written = Browser.Between(page.Body, "</span>Messages, partages, favoris, modifications</th><td>", "<");
        Assert.NotEqual("0", written);
        var picture = WebUtility.HtmlDecode(Browser.Between(page.Body, "<img src=\"/ops/live/posts.svg", "\""));
        var svg = await alice.GetAsync("/ops/live/posts.svg" + picture);
        svg.Is(HttpStatusCode.OK);
        Assert.Equal("image/svg+xml", svg.Header("Content-Type"));
        Assert.Contains("default-src 'none'", svg.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Contains("12 min", svg.Body, StringComparison.Ordinal);
        (await alice.GetAsync("/ops/live/nothing.svg")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_administrator_sees_what_fails_and_calls_it_resolved()
    {
        await using var server = await PopulatedServer.StartAsync();
        using var alice = await PageVisitor.SignInAsync(server, "alice");
        Assert.Contains("Nothing has failed.", await alice.ReadAsync("/ops/errors"), StringComparison.Ordinal);
        Fail(server, "The <disk> is gone.");
        var key = server.Network.Self.Errors.Report()[0].Fingerprint;

        var page = await alice.GetAsync("/ops/errors");
        Assert.Contains("The &lt;disk&gt; is gone.", page.Body, StringComparison.Ordinal);
        Assert.Contains("For some", page.Body, StringComparison.Ordinal);
        Assert.Contains(
            "Pour certains", (await alice.GetAsync("/ops/errors", ("Accept-Language", "fr"))).Body, StringComparison.Ordinal);
        var done = await alice.DoAsync("/ops/errors", $"/ops/errors/{key}/resolve");

        Assert.Contains(">Resolved<", done.Body, StringComparison.Ordinal);
        Assert.DoesNotContain($"/{key}/resolve", done.Body, StringComparison.Ordinal);
        var noted = await server.Node.Community.Actions(new ListActions(), Call.Unbounded);
        Assert.Contains(noted, action => action.Action == "resolve error" && action.Target == key);
        Fail(server, "The <disk> is gone.");
        Assert.Contains("Back after it was resolved", await alice.ReadAsync("/ops/errors"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_administrator_sees_the_network_and_each_of_its_services()
    {
        await using var server = await PopulatedServer.StartAsync();
        using var alice = await PageVisitor.SignInAsync(server, "alice");
        Fail(server, "It failed.");
        server.History.Take();

        var page = await alice.ReadAsync("/ops/network");
        Assert.Contains("href=\"/ops/network/web\"", page, StringComparison.Ordinal);
        Assert.Contains("an incident for some", page, StringComparison.Ordinal);
        var map = await alice.GetAsync("/ops/network/map.svg?look=dark");
        Assert.Equal(("image/svg+xml", true), (map.Header("Content-Type"), map.Body.Contains(">web<", StringComparison.Ordinal)));

        var service = await alice.GetAsync("/ops/network/web?minutes=60", ("Accept-Language", "fr"));
        Assert.Contains("Appels par seconde", service.Body, StringComparison.Ordinal);
        var picture = WebUtility.HtmlDecode(Browser.Between(service.Body, "<img src=\"/ops/network/web/rate.svg", "\""));
        (await alice.GetAsync("/ops/network/web/rate.svg" + picture)).Is(HttpStatusCode.OK);
        (await alice.GetAsync("/ops/network/nobody")).Is(HttpStatusCode.NotFound);
        (await alice.GetAsync("/ops/network/web/nothing.svg")).Is(HttpStatusCode.NotFound);
        (await alice.GetAsync("/ops/network/nobody/rate.svg?side=called")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Nobody_else_sees_errors_or_the_network()
    {
        await using var server = await PopulatedServer.StartAsync();
        using var bob = await PageVisitor.SignInAsync(server, "bob");
        using var stranger = new PageVisitor(server);
        Fail(server, "It failed.");
        var key = server.Network.Self.Errors.Report()[0].Fingerprint;
        var own = await bob.GetAsync("/compose");
        var form = own with
        {
            Body = own.Body.Replace("action=\"/compose\"", $"action=\"/ops/errors/{key}/resolve\"", StringComparison.Ordinal),
        };

        (await bob.SubmitAsync(form, $"/ops/errors/{key}/resolve")).Is(HttpStatusCode.NotFound);
        foreach (var path in (string[])["/ops/errors", "/ops/network", "/ops/network/web"])
        {
            (await bob.GetAsync(path)).Is(HttpStatusCode.NotFound);
            (await stranger.GetAsync(path)).Is(HttpStatusCode.SeeOther);
        }
        (await bob.GetAsync("/ops/network/map.svg")).Is(HttpStatusCode.NotFound);
        (await stranger.GetAsync("/ops/network/web/rate.svg")).Is(HttpStatusCode.Forbidden);
        Assert.False(server.Network.Self.Errors.Report()[0].IsResolved);
    }

    private static void Fail(PopulatedServer server, string message)
    {
        KeyValuePair<string, object?>[] state = [new("touched", new Touched("GET /fails", 7)), new("{OriginalFormat}", message)];
        server.Network.Self.Errors.CreateLogger("Roost.Web.Test").Log(
            LogLevel.Error, default, state, null, (_, _) => message);
    }

    [Fact]
    public async Task Nobody_else_sees_the_live_figures()
    {
        await using var server = await PopulatedServer.StartAsync();
        using var bob = await PageVisitor.SignInAsync(server, "bob");
        using var stranger = new PageVisitor(server);

        (await bob.GetAsync("/ops/live")).Is(HttpStatusCode.NotFound);
        (await bob.GetAsync("/ops/live/posts.svg")).Is(HttpStatusCode.NotFound);
        (await stranger.GetAsync("/ops/live")).Is(HttpStatusCode.SeeOther);
        (await stranger.GetAsync("/ops/live/posts.svg")).Is(HttpStatusCode.Forbidden);
    }
}
