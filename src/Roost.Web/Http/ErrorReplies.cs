using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roost.Rpc;
using Roost.Rpc.Admin.Errors;
using Roost.Web.Rendering;
using Roost.Web.Sessions;

namespace Roost.Web.Http;

/// <summary>
/// The one place where failures become replies: JSON for programs, a page for people. Runs around every endpoint;
/// what fails
/// after the first byte was sent can only end the connection.
/// </summary>
internal sealed partial class ErrorReplies(
    Func<HttpContext, int, string, Task> writePageAsync, RequestMetrics metrics, WebOptions options,
    ILoggerFactory loggers)
{
    private const string Retry = "1";
    private const string UnreadableText = "The request cannot be read";

    private readonly ILogger _log = loggers.CreateLogger<ErrorReplies>();
    private readonly ILogger _unserved = Unserved.LogOf<ErrorReplies>(loggers);

    public async Task RunAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: there is nobody to answer, whatever it was.
            http.Abort();
        }
        catch (ServiceException e) when (!http.Response.HasStarted)
        {
            if (Unserved.IsFailure(e.Code)) Note(http, e);
            await WriteAsync(http, StatusOf(e.Code), TextOf(e), e);
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            await WriteAsync(http, e.StatusCode, e switch
            {
                UnreadableRequest => e.Message,
                { StatusCode: StatusCodes.Status413PayloadTooLarge } => "The request is too large",
                _ => UnreadableText,
            });
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            LogFailed(_log, e, http.Request.Path, TouchedBy(http));
            await WriteAsync(
                http, StatusCodes.Status500InternalServerError, "Something went wrong on our side; it has been noted");
        }
        finally
        {
            metrics.Ended(http);
        }
    }

    /// <summary>Answers a request that cannot be read at all.</summary>
    public Task RefuseUnreadableAsync(HttpContext http) =>
        WriteAsync(http, StatusCodes.Status400BadRequest, UnreadableText);

    /// <summary>Writes <c>{"error": …, "error_description": …}</c>.</summary>
    public static async Task WriteJsonAsync(HttpContext http, int status, string error, string? description = null)
    {
        using var buffer = new Utf8Buffer();
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("error"u8, error);
            if (description is not null) json.WriteString("error_description"u8, description);
            json.WriteEndObject();
        }
        await JsonReplies.WriteAsync(http, buffer, status);
    }

    /// <summary>Writes <c>{"error": …, "details": {FIELD: [{"error": …, "description": …}]}}</c>.</summary>
    /// <param name="isNested">Within an object's member <c>error</c>, which Mastodon does for collections.</param>
    public static async Task WriteFieldAsync(
        HttpContext http, int status, ServiceException failure, bool isNested = false)
    {
        using var buffer = new Utf8Buffer();
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
        {
            json.WriteStartObject();
            if (isNested) json.WriteStartObject("error"u8);
            json.WriteString("error"u8, failure.Message);
            json.WriteStartObject("details"u8);
            json.WriteStartArray(failure.Field!);
            json.WriteStartObject();
            json.WriteString("error"u8, failure.FieldCode);
            json.WriteString("description"u8, Faults.InWords(failure).TrimEnd('.'));
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            if (isNested) json.WriteEndObject();
            json.WriteEndObject();
        }
        await JsonReplies.WriteAsync(http, buffer, status);
    }

    public static int StatusOf(ErrorCode code) => code switch
    {
        ErrorCode.Invalid => StatusCodes.Status422UnprocessableEntity,
        ErrorCode.Forbidden => StatusCodes.Status403Forbidden,
        ErrorCode.NotFound => StatusCodes.Status404NotFound,
        ErrorCode.Conflict => StatusCodes.Status409Conflict,
        ErrorCode.DeadlineExceeded or ErrorCode.Overloaded or ErrorCode.Unavailable or ErrorCode.StorageFull =>
            StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>Whether a path is spoken to by programs only, so that even its errors must be JSON.</summary>
    public static bool IsForPrograms(PathString path) =>
        path.StartsWithSegments("/api") || path.StartsWithSegments("/oauth/token")
        || path.StartsWithSegments("/oauth/revoke") || path.StartsWithSegments("/oauth/userinfo")
        || path.StartsWithSegments("/health") || path.StartsWithSegments("/nodeinfo")
        || path.StartsWithSegments("/.well-known");

    private void Note(HttpContext http, ServiceException failure)
    {
        var path = http.Request.Path;
        if (failure.Code is ErrorCode.DataDamaged or ErrorCode.StorageFull)
            LogStorageFailed(_log, path, failure.Code, failure.Detail ?? failure.Message, TouchedBy(http, failure));
        else if (failure.Code == ErrorCode.Internal)
            LogServiceFailed(_log, failure, path, failure.Code, failure.Detail, TouchedBy(http));
        else if (_unserved.IsEnabled(LogLevel.Warning))
            Unserved.NoteFailure(_unserved, failure.Code, failure, TouchedBy(http));
    }

    /// <summary>Who met a failure, where. What a client says of itself is believed: an outage of the accounts must not
    /// hide whom it touches.</summary>
    private Touched TouchedBy(HttpContext http, Exception? failure = null)
    {
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "before its endpoint";
        var who = ApiRoutes.BearerOf(http.Request) ?? BrowserSession.SecretOf(http.Request, options)
            ?? AddressOf(http.Connection.RemoteIpAddress);
        return new Touched($"{http.Request.Method} {route}", who is null ? 0 : Touched.HashOf(who), failure);
    }

    private static string? AddressOf(IPAddress? address) =>
        (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString();

    private static string TextOf(ServiceException e) => e.Code switch
    {
        ErrorCode.DataDamaged =>
            "What was asked for is damaged in storage and is not served; the operator has been told",
        ErrorCode.Internal => "Something went wrong on our side; it has been noted",
        _ => e.Message,
    };

    private Task WriteAsync(HttpContext http, int status, string text, ServiceException? failure = null)
    {
        var headers = http.Response.Headers;
        headers.Link = default;
        headers.Location = default;
        if (status == StatusCodes.Status503ServiceUnavailable) headers.RetryAfter = Retry;
        if (!IsForPrograms(http.Request.Path)) return writePageAsync(http, status, text);
        return failure?.Field is null ? WriteJsonAsync(http, status, text) : WriteFieldAsync(http, status, failure);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} could not be answered: {Code} ({Detail}).")]
    private static partial void LogServiceFailed(
        ILogger log, Exception exception, PathString path, ErrorCode code, string? detail, Touched touched);

    // Where it was met tells nothing that the detail does not: no stack trace.
    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} could not be answered: {Code} ({Detail})")]
    private static partial void LogStorageFailed(
        ILogger log, PathString path, ErrorCode code, string detail, Touched touched);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed; this is a bug of Roost.")]
    private static partial void LogFailed(ILogger log, Exception exception, PathString path, Touched touched);
}
