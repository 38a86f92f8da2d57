using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Roost.Web.Http;

/// <summary>
/// Answers what the web server cannot read and would refuse without a word before it is a request at all: an address
/// with <c>%00</c> in its path, and the like. The server tells its diagnostic source of that and of nothing else that
/// is asked for here, so other requests cost nothing; the answer goes to the connection in its place.
/// </summary>
/// <remarks>
/// The headers have not been read: whoever asks is a stranger who reads English. Register it as the container's
/// <see cref="DiagnosticSource"/>; connections need a <see cref="SocketOutput"/>.
/// </remarks>
public sealed class UnreadableRequests : DiagnosticSource
{
    private const string Refused = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    /// <summary>Writes the answer; ends at once, since all that it needs is in memory.</summary>
    internal Func<HttpContext, Task>? Answer { get; set; }

    public override bool IsEnabled(string name) => name == Refused;

    /// <param name="value">The features of what was refused.</param>
    [RequiresUnreferencedCode("As what it overrides.")]
    public override void Write(string name, object? value)
    {
        if (name != Refused || Answer is not { } answer || value is not IFeatureCollection features
            || features.Get<SocketOutput>() is not { } output
            || features.Get<IHttpResponseFeature>() is not { HasStarted: false }
            || features.Get<IHttpRequestFeature>()?.RawTarget is not ['/', ..] target
            || features.Get<IBadRequestExceptionFeature>()?.Error is not BadHttpRequestException
            {
                StatusCode: StatusCodes.Status400BadRequest
            })
        {
            return;
        }
        using var body = new MemoryStream();
        var http = new DefaultHttpContext();
        http.Request.Method = HttpMethods.Get;
        http.Request.Path = PathOf(target);
        http.Response.Body = body;
        // One that would have to be waited for is not worth a thread of the web server's: then its own refusal stays.
        if (answer(http).IsCompletedSuccessfully)
            output.End(Written(http.Response, body.GetBuffer().AsSpan(0, (int)body.Length)));
    }

    /// <summary>For programs what they asked for, which tells in what form they are answered; else the front page's.
    /// </summary>
    private static PathString PathOf(string target)
    {
        var path = new PathString(target.Split('?', 2)[0]);
        return ErrorReplies.IsForPrograms(path) ? path : new PathString("/");
    }

    private static byte[] Written(HttpResponse response, ReadOnlySpan<byte> body)
    {
        var head = new StringBuilder("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n");
        response.Headers.ContentLength = body.Length;
        foreach (var (name, values) in response.Headers)
        {
            foreach (var value in values)
                head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }
        return [.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. body];
    }
}
