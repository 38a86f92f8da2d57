using System.Net;

namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>Alice recommends Bob and Carol, who want to be found.</summary>
internal static class Collections
{
    public static IReadOnlyList<Visit> All { get; } =
    [
        new("POST /api/v1/collections", async server =>
        {
            foreach (var name in (string[])["bob", "carol"])
                await server.PatchAsync("/api/v1/accounts/update_credentials", new { discoverable = true }, name);
            var made = await server.PostAsync(
                "/api/v1/collections",
                new { name = "Birds", discoverable = true, tag_name = "birds", account_ids = new[] { server["bob.id"] } });
            made.Is(HttpStatusCode.OK);
            server["collection"] = made.Json.GetProperty("collection").GetProperty("id").GetString()!;
            return made;
        }),
        new("POST /api/v1/collections/{collection_id}/items", async server =>
        {
            var added = await server.PostAsync(
                $"/api/v1/collections/{server["collection"]}/items", new { account_id = server["carol.id"] });
            added.Is(HttpStatusCode.OK);
            server["collection item"] = added.Json.GetProperty("collection_item").GetProperty("id").GetString()!;
            return added;
        }),
        new("GET /api/v1/collections/{id}", server => server.GetAsync($"/api/v1/collections/{server["collection"]}")),
        new("PATCH /api/v1/collections/{id}", server => server.PatchAsync(
            $"/api/v1/collections/{server["collection"]}", new { description = "of a feather", language = "en" })),
        new("GET /api/v1/accounts/{account_id}/collections",
            server => server.GetAsync($"/api/v1/accounts/{server["alice.id"]}/collections", "bob")),
        new("GET /api/v1/accounts/{account_id}/in_collections",
            server => server.GetAsync($"/api/v1/accounts/{server["carol.id"]}/in_collections", "carol")),
        new("POST /api/v1/collections/{collection_id}/items/{id}/revoke", server => server.PostAsync(
            $"/api/v1/collections/{server["collection"]}/items/{server["collection item"]}/revoke", token: "carol")),
        new("DELETE /api/v1/collections/{collection_id}/items/{id}", async server =>
        {
            var shown = await server.GetAsync($"/api/v1/collections/{server["collection"]}");
            var item = shown.Json.GetProperty("collection").GetProperty("items")[0].GetProperty("id").GetString();
            return await server.DeleteAsync($"/api/v1/collections/{server["collection"]}/items/{item}");
        }),
        new("DELETE /api/v1/collections/{id}",
            server => server.DeleteAsync($"/api/v1/collections/{server["collection"]}")),
    ];
}
