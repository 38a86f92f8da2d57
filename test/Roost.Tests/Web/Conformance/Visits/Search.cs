using Roost.Rpc;
using Roost.Services.Search;

namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>What is found by words, and what rises. Bob and Carol say the same first.</summary>
internal static class Search
{
    private const string Text = "Rehearsal #autumn https://choir.example/plan";

    public static IReadOnlyList<Visit> All { get; } =
    [
        new("POST /api/v1/statuses", server => server.PostAsync("/api/v1/statuses", new { status = Text }, "bob")),
        new("POST /api/v1/statuses", async server => server.Keep(
            "autumn", await server.PostAsync("/api/v1/statuses", new { status = Text }, "carol"))),
        new("POST /api/v1/statuses/{id}/favourite",
            server => server.PostAsync($"/api/v1/statuses/{server["autumn"]}/favourite", token: "bob")),
        new("POST /api/v1/statuses/{id}/favourite", async server =>
        {
            var reply = await server.PostAsync($"/api/v1/statuses/{server["autumn"]}/favourite", token: "alice");
            await server.Node.Search.Ingested(new AwaitIngest(), Call.Unbounded);
            return reply;
        }),
        new("GET /api/v2/search", server => server.GetAsync("/api/v2/search?q=autumn")),
        new("GET /api/v2/search", server => server.GetAsync("/api/v2/search?q=bob&type=accounts")),
        new("GET /api/v2/search", server => server.GetAsync("/api/v2/search?q=rehears*&type=statuses")),
        new("GET /api/v2/search", server => server.GetAsync("/api/v2/search?q=rehears*&type=statuses&sort=relevance")),
        new("GET /api/v1/timelines/tag/{hashtag}",
            server => server.GetAsync("/api/v1/timelines/tag/Autumn?none[]=spring", token: null)),
        new("GET /api/v1/accounts/search", server => server.GetAsync("/api/v1/accounts/search?q=car")),
        new("GET /api/v1/tags/{name}", server => server.GetAsync("/api/v1/tags/autumn", token: null)),
        new("GET /api/v1/trends/tags", server => server.GetAsync("/api/v1/trends/tags", token: null)),
        new("GET /api/v1/trends/links", server => server.GetAsync("/api/v1/trends/links", token: null)),
        new("GET /api/v1/trends/statuses", server => server.GetAsync("/api/v1/trends/statuses", token: null)),
    ];
}
