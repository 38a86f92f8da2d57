using System.Net;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Reporting on the pages, without JavaScript.</summary>
public sealed class ReportPageTests : IAsyncLifetime
{
    private PopulatedServer _server = null!;
    private PageVisitor _carol = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PopulatedServer.StartAsync();
        await _server.WriteAsync("rude", new { status = "rude words" }, "bob");
        await _server.WriteAsync("other", new { status = "more of them" }, "bob");
        _carol = await PageVisitor.SignInAsync(_server, "carol");
    }

    public async ValueTask DisposeAsync()
    {
        _carol.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_post_is_reported_from_where_it_is_seen()
    {
        var link = WebUtility.HtmlDecode(Browser.Between(
            await _carol.ReadAsync($"/@bob/{_server["rude"]}"), "<a href=\"/report", "\""));
        var page = await _carol.GetAsync("/report" + link);
        Assert.Contains($"name=\"status_ids[]\" value=\"{_server["rude"]}\" checked", page.Body, StringComparison.Ordinal);
        Assert.Contains($"name=\"status_ids[]\" value=\"{_server["other"]}\" />", page.Body, StringComparison.Ordinal);

        var sent = await _carol.SubmitAsync(
            page, "/report", ("category", "other"), ("rule_ids[]", "1"), ("status_ids[]", _server["rude"]), ("comment", "They <shout>."));

        sent.Is(HttpStatusCode.OK);
        Assert.Contains("Block @bob", sent.Body, StringComparison.Ordinal);
        var report = Assert.Single(await ReportsAsync());
        Assert.Equal(("violation", "They <shout>."), (report.Category, report.Comment));
        Assert.Equal([_server["rude"]], report.Posts.Select(id => id.ToString()));
        Assert.Equal(["1"], report.RuleIds);
        (await _carol.SubmitAsync(sent, "/block", [])).Is(HttpStatusCode.SeeOther);
    }

    [Theory]
    [InlineData("/report?name=carol", "That is you: nobody reports themselves.")]
    [InlineData("/report?name=%40carol", "That is you: nobody reports themselves.")]
    [InlineData("/report", "Nobody is named here.")]
    [InlineData("/report?name=+", "Nobody is named here.")]
    public async Task Who_cannot_be_reported_is_said(string path, string words)
    {
        var refused = await _carol.GetAsync(path);

        refused.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains(words, refused.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_is_reported_from_its_profile_and_what_is_missing_is_said()
    {
        Assert.Contains("<a href=\"/report?name=bob\">", await _carol.ReadAsync("/@bob"), StringComparison.Ordinal);
        var page = await _carol.GetAsync("/report?name=bob");

        var refused = await _carol.SubmitAsync(page, "/report", ("comment", "advertises"));
        refused.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("Say what it is about.", refused.Body, StringComparison.Ordinal);
        Assert.Contains(">advertises</textarea>", refused.Body, StringComparison.Ordinal);
        var wrong = await _carol.SubmitAsync(page, "/report", ("category", "boring"));
        wrong.Is(HttpStatusCode.UnprocessableEntity);
        (await _carol.SubmitAsync(page, "/report", ("category", "spam"), ("comment", "advertises"))).Is(HttpStatusCode.OK);

        Assert.Equal("spam", Assert.Single(await ReportsAsync()).Category);
    }

    [Fact]
    public async Task Nobody_reports_somebody_who_is_not_there_or_a_post_that_is_not_for_them()
    {
        await _server.WriteAsync("secret", new { status = "@alice only for you", visibility = "direct" }, "bob");
        using var stranger = new PageVisitor(_server);

        (await _carol.GetAsync("/report?name=nobody")).Is(HttpStatusCode.NotFound);
        (await _carol.GetAsync($"/report?name=bob&status_ids[]={_server["secret"]}")).Is(HttpStatusCode.NotFound);
        (await stranger.GetAsync("/report?name=bob")).Is(HttpStatusCode.SeeOther);
        Assert.Empty(await ReportsAsync());
    }

    private ValueTask<IReadOnlyList<Report>> ReportsAsync() =>
        _server.Node.Community.Reports(new ListReports(), Call.Unbounded);
}
