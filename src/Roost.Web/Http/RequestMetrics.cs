using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;

namespace Roost.Web.Http;

/// <summary>
/// How requests ended. Kestrel's own instrument of their durations tells more, and costs each request some tenfold;
/// this one is listened to always.
/// </summary>
internal sealed class RequestMetrics(IMeterFactory? meters)
{
    private static readonly KeyValuePair<string, object?> _answered = Outcome("answered");
    private static readonly KeyValuePair<string, object?> _refused = Outcome("refused");
    private static readonly KeyValuePair<string, object?> _failed = Outcome("failed");

    private readonly Counter<long>? _requests = meters?.Create("Roost.Web").CreateCounter<long>(
        "roost.web.requests", "{request}",
        "Requests that ended: answered, refused (4xx) or failed (5xx). Streams count when they close.");

    public void Ended(HttpContext http) => _requests?.Add(1, http.Response.StatusCode switch
    {
        < StatusCodes.Status400BadRequest => _answered,
        < StatusCodes.Status500InternalServerError => _refused,
        _ => _failed,
    });

    private static KeyValuePair<string, object?> Outcome(string name) => new("roost.web.outcome", name);
}
