namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>Whom one might follow. Carol follows Alice, who follows Bob, and Bob has posted.</summary>
internal static class People
{
    public static IReadOnlyList<Visit> All { get; } =
    [
        new("GET /api/v2/suggestions", async server =>
        {
            foreach (var name in (string[])["alice", "bob"])
                await server.PatchAsync("/api/v1/accounts/update_credentials", new { discoverable = true }, name);
            return await server.GetAsync("/api/v2/suggestions", "carol");
        }),
        new("GET /api/v1/suggestions", server => server.GetAsync("/api/v1/suggestions", "carol")),
        new("DELETE /api/v1/suggestions/{account_id}",
            server => server.DeleteAsync($"/api/v1/suggestions/{server["bob.id"]}", token: "carol")),
        new("GET /api/v1/directory", server => server.GetAsync("/api/v1/directory", token: null)),
        new("GET /api/v1/directory", server => server.GetAsync("/api/v1/directory?order=new&offset=1&local=true")),
    ];
}
