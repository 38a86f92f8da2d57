using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Roost.Composition;

/// <summary>Has the spans of requests, which the web server makes, say what was asked and how it was answered, by
/// OpenTelemetry's names. What is not recorded costs a look.</summary>
internal static class RequestSpans
{
    /// <summary>Before what answers.</summary>
    public static void Use(WebApplication app) => app.Use(static (http, next) =>
        Activity.Current is { IsAllDataRequested: true } span ? TellAsync(http, next, span) : next(http));

    private static async Task TellAsync(HttpContext http, RequestDelegate next, Activity span)
    {
        try
        {
            await next(http);
        }
        finally
        {
            Tell(http, span);
        }
    }

    // Never the query, which may have a secret.
    private static void Tell(HttpContext http, Activity span)
    {
        var (request, status) = (http.Request, http.Response.StatusCode);
        span.SetTag("http.request.method", request.Method);
        span.SetTag("url.path", request.Path.Value);
        span.SetTag("http.response.status_code", status);
        span.DisplayName = request.Method;
        if (http.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route })
        {
            span.SetTag("http.route", route);
            span.DisplayName = $"{request.Method} {route}";
        }
        if (status >= StatusCodes.Status500InternalServerError) span.SetStatus(ActivityStatusCode.Error);
    }
}
