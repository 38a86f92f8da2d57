namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>Hashtags that one follows and shows. Bob and Carol have posted with #autumn and a link by now.</summary>
internal static class Tags
{
    public static IReadOnlyList<Visit> All { get; } =
    [
        new("POST /api/v1/tags/{name}/follow", server => server.PostAsync("/api/v1/tags/Autumn/follow")),
        new("GET /api/v1/tags/{name}", server => server.GetAsync("/api/v1/tags/autumn")),
        new("GET /api/v1/followed_tags", server => server.GetAsync("/api/v1/followed_tags")),
        new("GET /api/v1/timelines/home", server => server.GetAsync("/api/v1/timelines/home")),
        new("GET /api/v1/featured_tags/suggestions",
            server => server.GetAsync("/api/v1/featured_tags/suggestions", "bob")),
        new("POST /api/v1/featured_tags", async server => server.Keep(
            "featured", await server.PostAsync("/api/v1/featured_tags", new { name = "#autumn" }, "bob"))),
        new("GET /api/v1/featured_tags", server => server.GetAsync("/api/v1/featured_tags", "bob")),
        new("GET /api/v1/accounts/{id}/featured_tags",
            server => server.GetAsync($"/api/v1/accounts/{server["bob.id"]}/featured_tags", token: null)),
        new("GET /api/v1/accounts/{id}/statuses",
            server => server.GetAsync($"/api/v1/accounts/{server["bob.id"]}/statuses?tagged=autumn", token: null)),
        new("DELETE /api/v1/featured_tags/{id}",
            server => server.DeleteAsync($"/api/v1/featured_tags/{server["featured"]}", token: "bob")),
        new("POST /api/v1/tags/{id}/feature", server => server.PostAsync("/api/v1/tags/autumn/feature")),
        new("POST /api/v1/tags/{id}/unfeature", server => server.PostAsync("/api/v1/tags/autumn/unfeature")),
        new("POST /api/v1/tags/{name}/unfollow", server => server.PostAsync("/api/v1/tags/autumn/unfollow")),
        new("GET /api/v1/timelines/link", server => server.GetAsync(
            "/api/v1/timelines/link?url=https%3A%2F%2Fchoir.example%2Fplan%23top", token: null)),
    ];
}
