namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>What Carol does not want to read.</summary>
internal static class Filters
{
    private const string V1 = "/api/v1/filters";
    private const string V2 = "/api/v2/filters";

    public static IReadOnlyList<Visit> All { get; } =
    [
        new($"POST {V2}", async server => server.Keep("filter", await server.PostAsync(V2, new
        {
            title = "Weather",
            context = new[] { "home", "public" },
            filter_action = "warn",
            expires_in = 86_400,
            keywords_attributes = new object[] { new { keyword = "sunrise" }, new { keyword = "rain", whole_word = true } },
        }, "carol"))),
        new($"PUT {V2}/{{id}}", async server =>
        {
            var changed = await server.PutAsync($"{V2}/{server["filter"]}", new { title = "The weather" }, "carol");
            server["keyword"] = changed.Json.GetProperty("keywords")[0].GetProperty("id").GetString()!;
            return changed;
        }),
        new($"GET {V2}", server => server.GetAsync(V2, "carol")),
        new($"GET {V2}/{{id}}", server => server.GetAsync($"{V2}/{server["filter"]}", "carol")),
        new($"POST {V2}/{{filter_id}}/keywords", server => server.PostAsync(
            $"{V2}/{server["filter"]}/keywords", new { keyword = "snow", whole_word = true }, "carol")),
        new($"GET {V2}/{{filter_id}}/keywords", server => server.GetAsync($"{V2}/{server["filter"]}/keywords", "carol")),
        new($"GET {V2}/keywords/{{id}}", server => server.GetAsync($"{V2}/keywords/{server["keyword"]}", "carol")),
        new($"PUT {V2}/keywords/{{id}}", server => server.PutAsync(
            $"{V2}/keywords/{server["keyword"]}", new { keyword = "sun", whole_word = false }, "carol")),
        new($"POST {V2}/{{filter_id}}/statuses", async server => server.Keep(
            "filtered", await server.PostAsync(
                $"{V2}/{server["filter"]}/statuses", new { status_id = server["post"] }, "carol"))),
        new($"GET {V2}/{{filter_id}}/statuses", server => server.GetAsync($"{V2}/{server["filter"]}/statuses", "carol")),
        new($"GET {V2}/statuses/{{id}}", server => server.GetAsync($"{V2}/statuses/{server["filtered"]}", "carol")),
        new("GET /api/v1/timelines/home", server => server.GetAsync("/api/v1/timelines/home", "carol")),
        new($"POST {V1}", async server => server.Keep("old-filter", await server.PostAsync(
            V1, new { phrase = "fog", context = new[] { "home" }, irreversible = true }, "carol"))),
        new($"GET {V1}", server => server.GetAsync(V1, "carol"), IsListOfThese: true),
        new($"GET {V1}/{{id}}", server => server.GetAsync($"{V1}/{server["old-filter"]}", "carol")),
        new($"PUT {V1}/{{id}}", server => server.PutAsync(
            $"{V1}/{server["old-filter"]}", new { phrase = "mist", context = new[] { "public" } }, "carol")),
        new($"DELETE {V1}/{{id}}", server => server.DeleteAsync($"{V1}/{server["old-filter"]}", token: "carol")),
        new($"DELETE {V2}/statuses/{{id}}",
            server => server.DeleteAsync($"{V2}/statuses/{server["filtered"]}", token: "carol")),
        new($"DELETE {V2}/keywords/{{id}}",
            server => server.DeleteAsync($"{V2}/keywords/{server["keyword"]}", token: "carol")),
        new($"DELETE {V2}/{{id}}", server => server.DeleteAsync($"{V2}/{server["filter"]}", token: "carol")),
    ];
}
