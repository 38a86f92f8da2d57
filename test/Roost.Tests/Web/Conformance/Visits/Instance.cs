using System.Globalization;
using Roost.Rpc;
using Roost.Services.Community;

namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>What the server says of itself, and each person's choices.</summary>
internal static class Instance
{
    private const string Path = "/api/v1/instance/";

    public static IReadOnlyList<Visit> All { get; } =
    [
        new("GET /api/v1_alpha/async_refreshes/{id}", server => server.GetAsync("/api/v1_alpha/async_refreshes/abc"))
        {
            RefusedBecause = "no answer is made later",
        },
        new("GET /api/v2/instance", server => server.GetAsync("/api/v2/instance", token: null)),
        new("GET /api/v1/instance", server => server.GetAsync("/api/v1/instance", token: null)),
        new("GET /api/v1/instance/rules", server => server.GetAsync(Path + "rules", token: null)),
        new("GET /api/v1/instance/extended_description",
            server => server.GetAsync(Path + "extended_description", token: null)),
        new("GET /api/v1/instance/privacy_policy", server => server.GetAsync(Path + "privacy_policy", token: null)),
        new("GET /api/v1/instance/terms_of_service",
            server => server.GetAsync(Path + "terms_of_service", token: null)),
        new("GET /api/v1/instance/terms_of_service/{date}",
            server => server.GetAsync(Path + "terms_of_service/2026-01-01", token: null)),
        new("GET /api/v1/instance/domain_blocks", async server =>
        {
            (await server.PostAsync(
                "/api/v1/admin/domain_blocks", new { domain = "spam.example", severity = "suspend" })).Is(
                    System.Net.HttpStatusCode.OK);
            return await server.GetAsync(Path + "domain_blocks", token: null);
        }),
        new("GET /api/v1/instance/activity", server => server.GetAsync(Path + "activity", token: null)),
        new("GET /api/v1/instance/peers", server => server.GetAsync(Path + "peers", token: null),
            "nothing here speaks to other servers"),
        new("GET /api/v1/instance/translation_languages",
            server => server.GetAsync(Path + "translation_languages", token: null)),
        new("GET /api/v1/custom_emojis", async server =>
        {
            await server.Web.Community.AddEmoji(
                new AddEmoji(new CustomEmoji("blob_cat", "cats", "key", ".png", ".png", MediaId: 1)), Call.Unbounded);
            return await server.GetAsync("/api/v1/custom_emojis", token: null);
        }),
        new("GET /api/v1/announcements", async server =>
        {
            var added = await server.Node.Community.AddAnnouncement(
                new AddAnnouncement("We move on #Sunday, says @bob: https://move.example"), Call.Unbounded);
            server["announcement"] = added.Id.ToString(CultureInfo.InvariantCulture);
            return await server.GetAsync("/api/v1/announcements");
        }),
        new("PUT /api/v1/announcements/{id}/reactions/{name}", server => server.PutAsync(
            $"/api/v1/announcements/{server["announcement"]}/reactions/{Uri.EscapeDataString("🚀")}")),
        new("DELETE /api/v1/announcements/{id}/reactions/{name}", server => server.DeleteAsync(
            $"/api/v1/announcements/{server["announcement"]}/reactions/{Uri.EscapeDataString("🚀")}")),
        new("POST /api/v1/announcements/{id}/dismiss",
            server => server.PostAsync($"/api/v1/announcements/{server["announcement"]}/dismiss")),
        new("POST /api/v1/reports", server => server.PostAsync("/api/v1/reports", new
        {
            account_id = server["bob.id"],
            comment = "api crimes",
            rule_ids = new[] { "2" },
        })),
        new("GET /health", server => server.GetAsync("/health", token: null)),
        new("GET /api/v1/preferences", server => server.GetAsync("/api/v1/preferences")),
    ];
}
