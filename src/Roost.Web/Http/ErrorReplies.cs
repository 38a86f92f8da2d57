using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Roost.Rpc;
using Roost.Web.Rendering;

namespace Roost.Web.Http;

/// <summary>
/// The one place where failures become replies: JSON for programs, a page for people. Runs around every endpoint;
/// what fails
/// after the first byte was sent can only end the connection.
/// </summary>
internal sealed partial class ErrorReplies(
    Func<HttpContext, int, string, Task> writePageAsync, RequestMetrics metrics, ILogger<ErrorReplies> log)
{
    private const string Retry = "1";

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
            if (e.Code is ErrorCode.DataDamaged or ErrorCode.StorageFull)
                LogStorageFailed(log, http.Request.Path, e.Code, e.Detail ?? e.Message);
            else if (e.Code == ErrorCode.Internal)
                LogServiceFailed(log, e, http.Request.Path, e.Code, e.Detail);
            await WriteAsync(http, StatusOf(e.Code), TextOf(e), e);
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            await WriteAsync(http, e.StatusCode, e switch
            {
                UnreadableRequest => e.Message,
                { StatusCode: StatusCodes.Status413PayloadTooLarge } => "The request is too large",
                _ => "The request cannot be read",
            });
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            LogFailed(log, e, http.Request.Path);
            await WriteAsync(
                http, StatusCodes.Status500InternalServerError, "Something went wrong on our side; it has been noted");
        }
        finally
        {
            metrics.Ended(http);
        }
    }

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
        ILogger log, Exception exception, PathString path, ErrorCode code, string? detail);

    // Where it was met tells nothing that the detail does not: no stack trace.
    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} could not be answered: {Code} ({Detail})")]
    private static partial void LogStorageFailed(ILogger log, PathString path, ErrorCode code, string detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} failed; this is a bug of Roost.")]
    private static partial void LogFailed(ILogger log, Exception exception, PathString path);
}
