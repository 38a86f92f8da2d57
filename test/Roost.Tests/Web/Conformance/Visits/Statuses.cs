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
        new("POST /api/v1/statuses", server => server.WriteAsync("poll", new
        {
            status = "Tea or coffee?",
            poll = new { options = new[] { "Tea", "Coffee" }, expires_in = 3_600, multiple = true, hide_totals = true },
        })),
        new("POST /api/v1/polls/{id}/votes", server => server.PostAsync(
            $"/api/v1/polls/{server["poll"]}/votes", new { choices = new[] { 1 } }, "bob")),
        new("GET /api/v1/polls/{id}", server => server.GetAsync($"/api/v1/polls/{server["poll"]}", token: null)),
        new("GET /api/v1/statuses/{id}", server => server.GetAsync($"/api/v1/statuses/{server["poll"]}", "bob")),
        new("POST /api/v1/statuses", server => server.WriteAsync("scheduled", new
        {
            status = "Good evening @bob",
            scheduled_at = "2999-12-31T18:00:00Z",
            poll = new { options = new[] { "Tea", "Coffee" }, expires_in = 3_600 },
        })),
        new("GET /api/v1/scheduled_statuses", server => server.GetAsync("/api/v1/scheduled_statuses")),
        new("GET /api/v1/scheduled_statuses/{id}",
            server => server.GetAsync($"/api/v1/scheduled_statuses/{server["scheduled"]}")),
        new("PUT /api/v1/scheduled_statuses/{id}", server => server.PutAsync(
            $"/api/v1/scheduled_statuses/{server["scheduled"]}", new { scheduled_at = "2999-12-31T19:00:00Z" })),
        new("DELETE /api/v1/scheduled_statuses/{id}",
            server => server.DeleteAsync($"/api/v1/scheduled_statuses/{server["scheduled"]}")),
        new("GET /api/v1/statuses/{id}/history", server => server.GetAsync($"/api/v1/statuses/{server["post"]}/history")),
        new("POST /api/v1/statuses", server => server.WriteAsync("direct", new
        {
            status = "@bob between us",
            visibility = "direct",
        })),
        new("GET /api/v1/conversations", async server =>
        {
            var reply = await server.GetAsync("/api/v1/conversations", "bob");
            server["conversation"] = reply.Json[0].GetProperty("id").GetString()!;
            return reply;
        }),
        new("POST /api/v1/conversations/{id}/read",
            server => server.PostAsync($"/api/v1/conversations/{server["conversation"]}/read", token: "bob")),
        new("GET /api/v1/timelines/direct", server => server.GetAsync("/api/v1/timelines/direct")),
        new("DELETE /api/v1/conversations/{id}",
            server => server.DeleteAsync($"/api/v1/conversations/{server["conversation"]}", token: "bob")),
        new("POST /api/v1/statuses", server => server.WriteAsync("quoting", new
        {
            status = "Look at this",
            quoted_status_id = server["post"],
            quote_approval_policy = "followers",
        }, "bob")),
        new("POST /api/v1/statuses", server => server.WriteAsync("quoting again", new
        {
            status = "And at that",
            quoted_status_id = server["quoting"],
        }, "bob")),
        new("GET /api/v1/statuses/{id}", server => server.GetAsync($"/api/v1/statuses/{server["quoting again"]}", "bob")),
        new("GET /api/v1/statuses/{id}/history",
            server => server.GetAsync($"/api/v1/statuses/{server["quoting"]}/history")),
        new("GET /api/v1/statuses/{id}/quotes", server => server.GetAsync($"/api/v1/statuses/{server["post"]}/quotes")),
        new("PUT /api/v1/statuses/{id}/interaction_policy", server => server.PutAsync(
            $"/api/v1/statuses/{server["post"]}/interaction_policy", new { quote_approval_policy = "nobody" })),
        new("POST /api/v1/statuses/{id}/quotes/{quoting_status_id}/revoke",
            server => server.PostAsync($"/api/v1/statuses/{server["post"]}/quotes/{server["quoting"]}/revoke")),
        new("POST /api/v1/statuses/{id}/favourite",
            server => server.PostAsync($"/api/v1/statuses/{server["post"]}/favourite", token: "bob")),
        new("POST /api/v1/statuses/{id}/reblog", async server => server.Keep("boost",
            await server.PostAsync($"/api/v1/statuses/{server["post"]}/reblog", token: "bob"))),
        new("GET /api/v1/statuses/{id}", server => server.GetAsync($"/api/v1/statuses/{server["post"]}")),
        new("GET /api/v1/statuses/{id}", server => server.GetAsync($"/api/v1/statuses/{server["post"]}", token: null)),
        new("GET /api/v1/statuses/{id}", server => server.GetAsync($"/api/v1/statuses/{server["boost"]}")),
        new("GET /api/v1/statuses",
            server => server.GetAsync($"/api/v1/statuses?id[]={server["post"]}&id[]={server["answer"]}")),
        new("GET /api/oembed", server => server.GetAsync(
            $"/api/oembed?url={Uri.EscapeDataString($"{server.Url}@alice/{server["post"]}")}", token: null)),
        new("GET /api/v1/statuses/{id}/source", server => server.GetAsync($"/api/v1/statuses/{server["post"]}/source")),
        new("POST /api/v1/statuses/{id}/translate",
            server => server.PostAsync($"/api/v1/statuses/{server["post"]}/translate", new { lang = "fr" })),
        new("GET /api/v1/statuses/{id}/context",
            server => server.GetAsync($"/api/v1/statuses/{server["answer"]}/context")),
    ];
}
