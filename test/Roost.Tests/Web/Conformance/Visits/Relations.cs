namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>What is between accounts beside follows. Alice follows Bob by now, and Carol follows Alice.</summary>
internal static class Relations
{
    public static IReadOnlyList<Visit> All { get; } =
    [
        OnBob("note", new { comment = "from the choir" }),
        OnBob("pin"),
        OnBob("unpin"),
        OnBob("endorse"),
        new("GET /api/v1/endorsements", server => server.GetAsync("/api/v1/endorsements")),
        new("GET /api/v1/accounts/{id}/endorsements",
            server => server.GetAsync($"/api/v1/accounts/{server["alice.id"]}/endorsements", token: null)),
        new("GET /api/v1/accounts/familiar_followers",
            server => server.GetAsync($"/api/v1/accounts/familiar_followers?id[]={server["bob.id"]}", "carol")),
        new("POST /api/v1/lists", async server => server.Keep(
            "list", await server.PostAsync("/api/v1/lists", new { title = "Choir", replies_policy = "followed" }))),
        new("PUT /api/v1/lists/{id}",
            server => server.PutAsync($"/api/v1/lists/{server["list"]}", new { title = "The choir" })),
        new("GET /api/v1/lists", server => server.GetAsync("/api/v1/lists")),
        new("GET /api/v1/lists/{id}", server => server.GetAsync($"/api/v1/lists/{server["list"]}")),
        new("POST /api/v1/lists/{id}/accounts", server => server.PostAsync(
            $"/api/v1/lists/{server["list"]}/accounts", new { account_ids = new[] { server["bob.id"] } })),
        new("GET /api/v1/lists/{id}/accounts",
            server => server.GetAsync($"/api/v1/lists/{server["list"]}/accounts?limit=0")),
        new("GET /api/v1/accounts/{id}/lists",
            server => server.GetAsync($"/api/v1/accounts/{server["bob.id"]}/lists")),
        new("GET /api/v1/timelines/list/{list_id}",
            server => server.GetAsync($"/api/v1/timelines/list/{server["list"]}")),
        new("POST /api/v1/accounts/{id}/mute", async server =>
        {
            // Of what he did before, too, nothing would be told from now on.
            await server.NoticesCaughtAsync();
            return await server.PostAsync($"/api/v1/accounts/{server["bob.id"]}/mute", new { duration = 3600 });
        }),
        new("GET /api/v1/mutes", server => server.GetAsync("/api/v1/mutes")),
        OnBob("unmute"),
        OnBob("unendorse"),
        new("DELETE /api/v1/lists/{id}/accounts", server => server.DeleteAsync(
            $"/api/v1/lists/{server["list"]}/accounts", new { account_ids = new[] { server["bob.id"] } })),
        new("DELETE /api/v1/lists/{id}", server => server.DeleteAsync($"/api/v1/lists/{server["list"]}")),
        new("POST /api/v1/accounts/{id}/block",
            server => server.PostAsync($"/api/v1/accounts/{server["carol.id"]}/block", token: "bob")),
        new("GET /api/v1/blocks", server => server.GetAsync("/api/v1/blocks", "bob")),
        new("POST /api/v1/accounts/{id}/unblock",
            server => server.PostAsync($"/api/v1/accounts/{server["carol.id"]}/unblock", token: "bob")),
        new("POST /api/v1/domain_blocks",
            server => server.PostAsync("/api/v1/domain_blocks", new { domain = "Far.example" })),
        new("GET /api/v1/domain_blocks", server => server.GetAsync("/api/v1/domain_blocks")),
        new("DELETE /api/v1/domain_blocks",
            server => server.DeleteAsync("/api/v1/domain_blocks", new { domain = "far.example" })),
        new("PATCH /api/v1/accounts/update_credentials", server => server.PatchAsync(
            "/api/v1/accounts/update_credentials", new { display_name = "Carol", note = "sings", locked = true },
            "carol")),
        BobAsksCarol,
        new("GET /api/v1/follow_requests", server => server.GetAsync("/api/v1/follow_requests", "carol")),
        new("POST /api/v1/follow_requests/{account_id}/reject", server => server.PostAsync(
            $"/api/v1/follow_requests/{server["bob.id"]}/reject", token: "carol")),
        BobAsksCarol,
        new("POST /api/v1/follow_requests/{account_id}/authorize", server => server.PostAsync(
            $"/api/v1/follow_requests/{server["bob.id"]}/authorize", token: "carol")),
        new("POST /api/v1/accounts/{id}/remove_from_followers", server => server.PostAsync(
            $"/api/v1/accounts/{server["bob.id"]}/remove_from_followers", token: "carol")),
    ];

    private static Visit OnBob(string action, object? json = null) => new(
        $"POST /api/v1/accounts/{{id}}/{action}",
        server => server.PostAsync($"/api/v1/accounts/{server["bob.id"]}/{action}", json));

    private static Visit BobAsksCarol => new(
        "POST /api/v1/accounts/{id}/follow",
        server => server.PostAsync($"/api/v1/accounts/{server["carol.id"]}/follow", token: "bob"));
}
