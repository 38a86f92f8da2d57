using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Roost.Operations.Gateway;

/// <summary>
/// Bodies of requests. Small ones, as nearly all are, are read before a place is asked for: who sends slowly holds no
/// place, and what could not be sent to one instance can be sent to the next. Larger ones pass through as they come.
/// </summary>
internal static class RequestBodies
{
    private const int HeldBytesMax = 64 << 10;

    /// <summary>Holds whoever sends to what the application takes.</summary>
    /// <returns>False when the request says itself that it has more.</returns>
    public static bool TryLimit(HttpContext http, Application application)
    {
        var max = http.Request.Path == Applications.BulkPath ? Applications.BulkBytesMax : application.BodyBytesMax;
        if (http.Request.ContentLength > max) return false;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = max;
        return true;
    }

    /// <summary>Whether a body comes that is not held.</summary>
    public static bool IsPassedThrough(HttpRequest request) =>
        request.Body is not MemoryStream
        && request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };

    /// <exception cref="BadHttpRequestException">It did not come whole, or too slowly.</exception>
    public static ValueTask HoldAsync(HttpRequest request, CancellationToken ct) =>
        request.ContentLength is > 0 and <= HeldBytesMax and var length
            ? ReadAsync(request, (int)length, ct)
            : ValueTask.CompletedTask;

    /// <summary>Before another try.</summary>
    public static void Rewind(HttpRequest request)
    {
        if (request.Body is MemoryStream held) held.Position = 0;
    }

    private static async ValueTask ReadAsync(HttpRequest request, int length, CancellationToken ct)
    {
        var bytes = new byte[length];
        await request.Body.ReadExactlyAsync(bytes, ct);
        request.Body = new MemoryStream(bytes, writable: false);
    }
}
