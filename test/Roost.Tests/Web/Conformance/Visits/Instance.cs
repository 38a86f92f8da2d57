namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>What the server says of itself, and each person's choices.</summary>
internal static class Instance
{
    public static IReadOnlyList<Visit> All { get; } =
    [
        new("GET /api/v2/instance", server => server.GetAsync("/api/v2/instance", token: null)),
        new("GET /api/v1/instance", server => server.GetAsync("/api/v1/instance", token: null)),
        new("GET /health", server => server.GetAsync("/health", token: null)),
        new("GET /api/v1/preferences", server => server.GetAsync("/api/v1/preferences")),
    ];
}
