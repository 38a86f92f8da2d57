namespace Roost.Tests.Web.Conformance.Visits;

internal static class Streaming
{
    public static IReadOnlyList<Visit> All { get; } =
    [
        new("GET /api/v1/streaming/health", server => server.GetAsync("/api/v1/streaming/health", token: null)),
        Open("user"),
        Open("user/notification"),
        Open("public"),
        Open("public/local"),
        Open("public/remote"),
        Open("hashtag", "?tag=cats"),
        Open("hashtag/local", "?tag=cats"),
        new("GET /api/v1/streaming/list", async server =>
        {
            var list = await server.PostAsync("/api/v1/lists", new { title = "Streamed" });
            return await server.OpenAsync($"/api/v1/streaming/list?list={list.Json.GetProperty("id").GetString()}");
        }),
        Open("direct"),
    ];

    private static Visit Open(string path, string query = "") => new(
        "GET /api/v1/streaming/" + path, server => server.OpenAsync("/api/v1/streaming/" + path + query));
}
