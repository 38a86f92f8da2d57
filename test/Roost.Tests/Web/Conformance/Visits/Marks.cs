namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>What one keeps for oneself about posts, and lists of who did what. Bob has favourited and boosted Alice's post
/// by now.</summary>
internal static class Marks
{
    public static IReadOnlyList<Visit> All { get; } =
    [
        OnPost("bookmark"),
        OnPost("mute"),
        OnPost("pin"),
        new("GET /api/v1/bookmarks", server => server.GetAsync("/api/v1/bookmarks")),
        new("GET /api/v1/favourites", server => server.GetAsync("/api/v1/favourites", "bob")),
        new("GET /api/v1/statuses/{id}/favourited_by",
            server => server.GetAsync($"/api/v1/statuses/{server["post"]}/favourited_by")),
        new("GET /api/v1/statuses/{id}/reblogged_by",
            server => server.GetAsync($"/api/v1/statuses/{server["post"]}/reblogged_by", token: null)),
        new("GET /api/v1/accounts/{id}/statuses",
            server => server.GetAsync($"/api/v1/accounts/{server["alice.id"]}/statuses?pinned=true")),
        OnPost("unpin"),
        OnPost("unmute"),
        OnPost("unbookmark"),
    ];

    private static Visit OnPost(string action) => new(
        $"POST /api/v1/statuses/{{id}}/{action}",
        server => server.PostAsync($"/api/v1/statuses/{server["post"]}/{action}"));
}
