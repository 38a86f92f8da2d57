namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>Posts and what people do with them.</summary>
internal static class Statuses
{
    public static IReadOnlyList<Visit> All { get; } =
    [
        new("POST /api/v1/statuses", server => server.WriteAsync("post", new
        {
            status = "Good morning @bob, what a #sunrise: https://example.org/sun",
            spoiler_text = "weather",
            sensitive = true,
            language = "en",
        })),
        new("POST /api/v1/statuses", server => server.WriteAsync("pictures", new
        {
            status = "The sun over the sea",
            media_ids = new[] { server["media"] },
        })),
        new("GET /api/v1/statuses/{id}", server => server.GetAsync($"/api/v1/statuses/{server["pictures"]}")),
        new("POST /api/v1/statuses", server => server.WriteAsync("answer", new
        {
            status = "@alice good morning #sunrise",
            in_reply_to_id = server["post"],
            visibility = "unlisted",
        }, "bob")),
        new("PUT /api/v1/statuses/{id}", server => server.PutAsync(
            $"/api/v1/statuses/{server["post"]}", new { status = "Good morning @bob, what a fine #sunrise" })),
        new("POST /api/v1/statuses/{id}/favourite",
            server => server.PostAsync($"/api/v1/statuses/{server["post"]}/favourite", token: "bob")),
        new("POST /api/v1/statuses/{id}/reblog", async server => server.Keep("boost",
            await server.PostAsync($"/api/v1/statuses/{server["post"]}/reblog", token: "bob"))),
        new("GET /api/v1/statuses/{id}", server => server.GetAsync($"/api/v1/statuses/{server["post"]}")),
        new("GET /api/v1/statuses/{id}", server => server.GetAsync($"/api/v1/statuses/{server["post"]}", token: null)),
        new("GET /api/v1/statuses/{id}", server => server.GetAsync($"/api/v1/statuses/{server["boost"]}")),
        new("GET /api/v1/statuses",
            server => server.GetAsync($"/api/v1/statuses?id[]={server["post"]}&id[]={server["answer"]}")),
        new("GET /api/v1/statuses/{id}/source", server => server.GetAsync($"/api/v1/statuses/{server["post"]}/source")),
        new("GET /api/v1/statuses/{id}/context",
            server => server.GetAsync($"/api/v1/statuses/{server["answer"]}/context")),
    ];
}
