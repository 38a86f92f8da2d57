using System.Net;
using Roost.Rpc;
using Roost.Services.AnnualReports;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>What one did in a year, over the client API.</summary>
public sealed class AnnualReportTests
{
    private const string Path = "/api/v1/annual_reports";

    [Fact]
    public async Task A_report_is_asked_for_made_shown_and_read()
    {
        await using var server = await PopulatedServer.StartAsync();
        var year = TimeProvider.System.GetUtcNow().Year;
        await server.WriteAsync("post", new { status = "#one" });
        (await server.PostAsync($"/api/v1/statuses/{server["post"]}/favourite", token: "bob")).Is(HttpStatusCode.OK);
        Assert.Equal("eligible", await StateAsync());
        (await server.GetAsync($"{Path}/{year}")).Is(HttpStatusCode.NotFound);
        (await server.PostAsync($"{Path}/{year}/read")).Is(HttpStatusCode.NotFound);

        (await server.PostAsync($"{Path}/{year}/generate")).Is(HttpStatusCode.OK);
        await server.Node.AnnualReports.Made(new AwaitReports(), Call.Unbounded);
        (await server.PostAsync($"{Path}/{year}/generate")).Is(HttpStatusCode.OK);

        Assert.Equal("available", await StateAsync());
        var reply = (await server.GetAsync(Path)).Json;
        var report = reply.GetProperty("annual_reports")[0];
        var data = report.GetProperty("data");
        Assert.Equal((year, 2), (report.GetProperty("year").GetInt32(), report.GetProperty("schema_version").GetInt32()));
        Assert.Equal(server["alice.id"], report.GetProperty("account_id").GetString());
        Assert.Equal("lurker", data.GetProperty("archetype").GetString());
        Assert.Equal(1, data.GetProperty("time_series").EnumerateArray().Sum(one => one.GetProperty("statuses").GetInt32()));
        Assert.Equal(server["post"], data.GetProperty("top_statuses").GetProperty("by_favourites").GetString());
        Assert.Equal("alice", reply.GetProperty("accounts")[0].GetProperty("acct").GetString());
        Assert.Equal(server["post"], reply.GetProperty("statuses")[0].GetProperty("id").GetString());
        (await server.PostAsync($"{Path}/{year}/read")).Is(HttpStatusCode.OK);
        Assert.Equal(0, (await server.GetAsync(Path)).Json.GetProperty("annual_reports").GetArrayLength());
        (await server.GetAsync($"{Path}/{year}")).Is(HttpStatusCode.OK);
        (await server.GetAsync($"{Path}/{year}", "bob")).Is(HttpStatusCode.NotFound);

        async Task<string?> StateAsync() =>
            (await server.GetAsync($"{Path}/{year}/state")).Json.GetProperty("state").GetString();
    }

    [Fact]
    public async Task Other_years_and_those_without_posts_have_none()
    {
        await using var server = await PopulatedServer.StartAsync();
        var year = TimeProvider.System.GetUtcNow().Year;

        foreach (var other in (int[])[1, 1999, year - 1, year, year + 1, 9998])
        {
            var state = (await server.GetAsync($"{Path}/{other}/state")).Json.GetProperty("state").GetString();
            Assert.Equal("ineligible", state);
            (await server.PostAsync($"{Path}/{other}/generate")).Is(HttpStatusCode.UnprocessableEntity);
        }
        foreach (var none in (string[])["0", "-1", "9999", "soon"])
            (await server.GetAsync($"{Path}/{none}/state")).Is(HttpStatusCode.NotFound);
    }
}
