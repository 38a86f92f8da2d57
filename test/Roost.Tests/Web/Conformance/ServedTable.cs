using System.Text;

namespace Roost.Tests.Web.Conformance;

internal enum ServedState
{
    /// <summary>A visit shows it.</summary>
    Served,
    /// <summary>JSON 404.</summary>
    NotServed,
    /// <summary>Routed, but nobody shows that it works: a defect of the tests.</summary>
    Unvisited,
}

/// <param name="Reason">For all but <see cref="ServedState.Served"/>, in words.</param>
internal sealed record ServedRow(ApiOperation Operation, ServedState State, string Reason);

/// <summary>Which operations of the schema are served, found out from the routes and the visits.</summary>
internal static class ServedTable
{
    public static IReadOnlyList<ServedRow> Of(OpenApi api, PopulatedServer server)
    {
        var routed = server.Routes.SelectMany(route => MethodsOf(route).Select(
            method => ApiOperation.ShapeOf(method, route.RoutePattern.RawText!))).ToHashSet();
        var visits = AllVisits.InOrder.GroupBy(visit => visit.Operation).ToDictionary(group => group.Key);
        return
        [
            .. api.Operations.OrderBy(one => one.Path, StringComparer.Ordinal).Select(operation =>
            {
                if (!routed.Contains(operation.Shape))
                    return new ServedRow(operation, ServedState.NotServed, "Roost does not have this");
                if (!visits.TryGetValue(operation.Name, out var shown))
                    return new ServedRow(operation, ServedState.Unvisited, "");
                return new ServedRow(operation, ServedState.Served, WordsOf(shown.First()));
            }),
        ];
    }

    /// <summary>The page of the documentation.</summary>
    public static string Write(OpenApi api, IReadOnlyList<ServedRow> table)
    {
        var served = table.Count(row => row.State == ServedState.Served);
        var page = new StringBuilder()
            .Append("# The client API, operation by operation\n\n")
            .Append("Roost speaks the Mastodon client API. This table is written by a test from the routes, the requests ")
            .Append("that the test makes to a\npopulated server, and the published schema (version ")
            .Append($"{api.Version}); every served answer is checked against that schema.\n")
            .Append("`ROOST_WRITE_DOCS=1` makes the test write it anew.\n\n")
            .Append($"{served} of {table.Count} operations are served; ")
            .Append("all others answer 404 in JSON.\n\n")
            .Append("| operation | what it does | |\n|---|---|---|\n");
        foreach (var (operation, state, reason) in table)
        {
            var told = state switch
            {
                ServedState.Served => $"served{reason}",
                _ => $"404: {reason}",
            };
            page.Append($"| `{operation.Name}` | {operation.Summary}{(operation.IsDeprecated ? " (deprecated)" : "")} ")
                .Append($"| {told} |\n");
        }
        return page.ToString();
    }

    private static string WordsOf(Visit visit) =>
        visit.RefusedBecause is { } refused ? $", refuses: {refused}"
            : visit.EmptyBecause is { } empty ? $", empty: {empty}"
            : "";

    private static IEnumerable<string> MethodsOf(Microsoft.AspNetCore.Routing.RouteEndpoint route) =>
        route.Metadata.OfType<Microsoft.AspNetCore.Routing.HttpMethodMetadata>().SelectMany(one => one.HttpMethods);
}
