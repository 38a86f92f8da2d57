namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>What takes back or ends: last, so that everything else had something to show.</summary>
internal static class Endings
{
    public static IReadOnlyList<Visit> All { get; } =
    [
        new("POST /api/v1/statuses/{id}/unfavourite",
            server => server.PostAsync($"/api/v1/statuses/{server["post"]}/unfavourite", token: "bob")),
        new("POST /api/v1/statuses/{id}/unreblog",
            server => server.PostAsync($"/api/v1/statuses/{server["post"]}/unreblog", token: "bob")),
        new("POST /api/v1/accounts/{id}/unfollow",
            server => server.PostAsync($"/api/v1/accounts/{server["bob.id"]}/unfollow")),
        new("DELETE /api/v1/statuses/{id}", server => server.DeleteAsync($"/api/v1/statuses/{server["post"]}")),
        new("POST /oauth/revoke", server => server.PostAsync("/oauth/revoke", new
        {
            client_id = server["client_id"],
            client_secret = server["client_secret"],
            token = server["dora"],
        }, token: null)),
    ];
}
