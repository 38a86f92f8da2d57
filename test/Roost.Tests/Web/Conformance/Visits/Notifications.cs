namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>What alice was told: of Bob's answer, favourite and boost, and of Carol's follow.</summary>
internal static class Notifications
{
    private const string V1 = "/api/v1/notifications";
    private const string V2 = "/api/v2/notifications";

    public static IReadOnlyList<Visit> All { get; } =
    [
        new($"GET {V1}", async server =>
        {
            await server.NoticesCaughtAsync();
            var page = await server.GetAsync(V1);
            server["notification"] = page.Json[0].GetProperty("id").GetString()!;
            return page;
        }),
        // Bob is told what the moderators think.
        new($"GET {V1}", async server =>
        {
            (await server.PostAsync(
                $"/api/v1/admin/accounts/{server["bob.id"]}/action", new { type = "none", text = "Mind the rules." }))
                .Is(System.Net.HttpStatusCode.OK);
            await server.NoticesCaughtAsync();
            return await server.GetAsync($"{V1}?types[]=moderation_warning", "bob");
        }),
        new($"GET {V2}", server => server.GetAsync($"{V2}?types[]=moderation_warning", "bob")),
        new($"GET {V1}/{{id}}", server => server.GetAsync($"{V1}/{server["notification"]}")),
        new($"GET {V1}/unread_count", server => server.GetAsync($"{V1}/unread_count")),
        new("POST /api/v1/markers", server => server.PostAsync(
            "/api/v1/markers", new { notifications = new { last_read_id = server["notification"] } })),
        new("GET /api/v1/markers", server => server.GetAsync("/api/v1/markers?timeline[]=notifications")),
        new($"GET {V2}", async server =>
        {
            var page = await server.GetAsync(V2);
            var favourites = page.Json.GetProperty("notification_groups").EnumerateArray()
                .First(group => group.GetProperty("type").GetString() == "favourite");
            server["group"] = favourites.GetProperty("group_key").GetString()!;
            return page;
        }),
        new($"GET {V2}/{{group_key}}", server => server.GetAsync($"{V2}/{server["group"]}")),
        new($"GET {V2}/{{group_key}}/accounts", server => server.GetAsync($"{V2}/{server["group"]}/accounts")),
        new($"GET {V2}/unread_count", server => server.GetAsync($"{V2}/unread_count")),
        new($"POST {V2}/{{group_key}}/dismiss", server => server.PostAsync($"{V2}/{server["group"]}/dismiss")),
        new($"POST {V1}/{{id}}/dismiss", server => server.PostAsync($"{V1}/{server["notification"]}/dismiss")),
        new($"PATCH {V2}/policy", server => server.PatchAsync($"{V2}/policy", new { for_not_following = "filter" })),
        KeptBack,
        new($"GET {V2}/policy", server => server.GetAsync($"{V2}/policy")),
        new($"GET {V1}/requests/{{id}}", server => server.GetAsync($"{V1}/requests/{server["request"]}")),
        new($"POST {V1}/requests/{{id}}/dismiss",
            server => server.PostAsync($"{V1}/requests/{server["request"]}/dismiss")),
        KeptBack,
        new($"POST {V1}/requests/dismiss",
            server => server.PostAsync($"{V1}/requests/dismiss", new { id = new[] { server["request"] } })),
        KeptBack,
        new($"POST {V1}/requests/{{id}}/accept",
            server => server.PostAsync($"{V1}/requests/{server["request"]}/accept")),
        new($"POST {V1}/requests/accept",
            server => server.PostAsync($"{V1}/requests/accept", new { id = new[] { server["request"] } })),
        new($"GET {V1}/requests/merged", server => server.GetAsync($"{V1}/requests/merged")),
        new($"POST {V1}/clear", server => server.PostAsync($"{V1}/clear")),
    ];

    /// <summary>Carol, whom Alice does not follow, mentions her, and waits in a request.</summary>
    private static Visit KeptBack => new($"GET {V1}/requests", async server =>
    {
        await server.WriteAsync("kept-back", new { status = "@alice are you there?" }, "carol");
        await server.NoticesCaughtAsync();
        var page = await server.GetAsync($"{V1}/requests");
        server["request"] = page.Json[0].GetProperty("id").GetString()!;
        return page;
    });
}
