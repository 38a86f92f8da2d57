namespace Roost.Tests.Web.Conformance;

/// <summary>One real request to an operation of the client API, on a server where there is something to show.</summary>
/// <param name="Operation">As the schema names it: <c>GET /api/v1/accounts/{id}</c>.</param>
/// <param name="Run">Sends it; what it leaves for later visits is kept in the server.</param>
/// <param name="IsListOfThese">The schema describes one item of the list that its own text promises.</param>
/// <param name="EmptyBecause">Why its list may be empty; null: an empty list shows nothing and fails.</param>
internal sealed record Visit(string Operation, Func<PopulatedServer, Task<Reply>> Run, string? EmptyBecause = null,
    bool IsListOfThese = false)
{
    /// <summary>Why it refuses everybody, as a Mastodon server would in its place; null: it must succeed.</summary>
    public string? RefusedBecause { get; init; }
}

/// <summary>
/// All visits, in order. An area of the API is a file of this folder; whoever serves a new operation adds its visit
/// there.
/// </summary>
internal static class AllVisits
{
    public static IReadOnlyList<Visit> InOrder { get; } =
    [
        .. Visits.SignIn.All,
        .. Visits.Media.All,
        .. Visits.Statuses.All,
        .. Visits.Marks.All,
        .. Visits.Accounts.All,
        .. Visits.People.All,
        .. Visits.Collections.All,
        .. Visits.Relations.All,
        .. Visits.Timelines.All,
        .. Visits.Search.All,
        .. Visits.Tags.All,
        .. Visits.Notifications.All,
        .. Visits.Filters.All,
        .. Visits.Streaming.All,
        .. Visits.PushMessages.All,
        .. Visits.Instance.All,
        .. Visits.Endings.All,
    ];
}
