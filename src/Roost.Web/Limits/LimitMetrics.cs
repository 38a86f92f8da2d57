using System.Diagnostics.Metrics;
using System.Text.Json;

namespace Roost.Web.Limits;

/// <summary>What rate limits refused.</summary>
internal sealed class LimitMetrics(IMeterFactory? meters)
{
    private static readonly string[] _names =
        [.. Enum.GetNames<LimitKind>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    private readonly Counter<long>? _refused = meters?.Create("Roost.Web").CreateCounter<long>(
        "roost.web.refused_requests", "{request}", "Requests that a rate limit refused, by the limit.");

    public void Refused(LimitKind kind) =>
        _refused?.Add(1, new KeyValuePair<string, object?>("roost.web.limit", _names[(int)kind]));
}
