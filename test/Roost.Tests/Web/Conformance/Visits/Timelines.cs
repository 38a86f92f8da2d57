namespace Roost.Tests.Web.Conformance.Visits;

internal static class Timelines
{
    public static IReadOnlyList<Visit> All { get; } =
    [
        new("GET /api/v1/timelines/home", server => server.GetAsync("/api/v1/timelines/home")),
        new("GET /api/v1/timelines/public", server => server.GetAsync("/api/v1/timelines/public?local=true")),
    ];
}
