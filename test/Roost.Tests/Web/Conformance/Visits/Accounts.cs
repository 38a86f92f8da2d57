using Roost.Rpc;
using Roost.Services.AnnualReports;

namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>Other people, and how one stands to them.</summary>
internal static class Accounts
{
    private const string Reports = "/api/v1/annual_reports";

    public static IReadOnlyList<Visit> All { get; } =
    [
        new("GET /api/v1/accounts/{id}/identity_proofs",
            server => server.GetAsync($"/api/v1/accounts/{server["alice.id"]}/identity_proofs"),
            "nobody has any since Mastodon 3.5"),
        new("POST /api/v1/emails/confirmations", server => server.PostAsync("/api/v1/emails/confirmations"))
        {
            RefusedBecause = "addresses need no confirmation",
        },
        new("POST /api/v1/accounts/{id}/follow",
            server => server.PostAsync($"/api/v1/accounts/{server["bob.id"]}/follow")),
        new("POST /api/v1/accounts/{id}/follow",
            server => server.PostAsync($"/api/v1/accounts/{server["alice.id"]}/follow", token: "carol")),
        new("GET /api/v1/accounts/{id}", server => server.GetAsync($"/api/v1/accounts/{server["bob.id"]}")),
        new("GET /api/v1/accounts", server => server.GetAsync(
            $"/api/v1/accounts?id[]={server["bob.id"]}&id[]={server["carol.id"]}")),
        new("GET /api/v1/accounts/lookup", server => server.GetAsync("/api/v1/accounts/lookup?acct=bob")),
        new("GET /api/v1/accounts/relationships", server => server.GetAsync(
            $"/api/v1/accounts/relationships?id[]={server["bob.id"]}&id[]={server["carol.id"]}")),
        new("GET /api/v1/accounts/{id}/followers",
            server => server.GetAsync($"/api/v1/accounts/{server["bob.id"]}/followers")),
        new("GET /api/v1/accounts/{id}/following",
            server => server.GetAsync($"/api/v1/accounts/{server["alice.id"]}/following")),
        new("GET /api/v1/profile", server => server.GetAsync("/api/v1/profile")),
        new("PATCH /api/v1/profile", server => server.PatchAsync(
            "/api/v1/profile", new { note = "here", attribution_domains = new[] { "example.org" } })),
        new("DELETE /api/v1/profile/avatar", server => server.DeleteAsync("/api/v1/profile/avatar")),
        new("DELETE /api/v1/profile/header", server => server.DeleteAsync("/api/v1/profile/header")),
        new("GET /api/v1/accounts/{id}/statuses",
            server => server.GetAsync($"/api/v1/accounts/{server["bob.id"]}/statuses")),
        new($"GET {Reports}/{{year}}/state", server => server.GetAsync($"{Reports}/{Year}/state")),
        new($"POST {Reports}/{{year}}/generate", server => server.PostAsync($"{Reports}/{Year}/generate")),
        new($"GET {Reports}", async server =>
        {
            await server.Node.AnnualReports.Made(
                new AwaitReports(), Call.Until(Xunit.TestContext.Current.CancellationToken));
            return await server.GetAsync(Reports);
        }),
        new($"GET {Reports}/{{year}}", server => server.GetAsync($"{Reports}/{Year}")),
        new($"POST {Reports}/{{year}}/read", server => server.PostAsync($"{Reports}/{Year}/read")),
    ];

    private static int Year => TimeProvider.System.GetUtcNow().Year;
}
