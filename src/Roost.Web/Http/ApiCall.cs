using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Web.Rendering;

namespace Roost.Web.Http;

/// <summary>
/// One authorised request to the client API: who asks, with what, and the ways to answer. Lives as long as its
/// request and
/// belongs to the one handler that it was made for.
/// </summary>
internal sealed class ApiCall(Site site, HttpContext http, Token? token)
{
    /// <summary>What endpoints answer that have nothing to tell.</summary>
    public static readonly ReadOnlyMemory<byte> EmptyObject = "{}"u8.ToArray();

    private Parameters? _parameters;

    public Site Site { get; } = site;
    public HttpContext Http { get; } = http;

    /// <summary>The bearer token, or null for strangers.</summary>
    public Token? Token { get; } = token;

    /// <summary>Whom the token acts for; nobody for strangers and for an app's own token.</summary>
    public AccountId Viewer => Token?.Account ?? default;

    public WebServices Services => Site.Services;

    /// <summary>Deadline and cancellation to hand to the services.</summary>
    public Call Rpc { get; } =
        new(Deadline.After(site.Options.RequestTimeout, site.Time), http.RequestAborted);

    /// <summary>Query parameters only: for reads, whose bodies mean nothing.</summary>
    public Parameters Query => _parameters ??= Parameters.OfQuery(Http.Request);

    /// <summary>Query and body, whichever of the four encodings it has.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: the body cannot be read.</exception>
    public async ValueTask<Parameters> ReadParametersAsync() =>
        _parameters ??= await Parameters.ReadAsync(Http.Request, Http.RequestAborted);

    /// <exception cref="ServiceException"><see cref="ErrorCode.NotFound"/>: what stands in the path is no post id, so
    /// no post has it.</exception>
    public PostId PostIdInPath() =>
        PostId.TryParse((string?)Http.Request.RouteValues["id"], out var id) ? id : throw Faults.NotFound();

    /// <exception cref="ServiceException"><see cref="ErrorCode.NotFound"/>: what stands in the path is no account
    /// id.</exception>
    public AccountId AccountIdInPath() =>
        AccountId.TryParse((string?)Http.Request.RouteValues["id"], out var id) ? id : throw Faults.NotFound();

    /// <exception cref="ServiceException"><see cref="ErrorCode.NotFound"/>: what stands in the path is no number above
    /// 0.</exception>
    public long NumberInPath(string name = "id") => long.TryParse(
        (string?)Http.Request.RouteValues[name], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
            ? id
            : throw Faults.NotFound();

    /// <summary>Answers with <paramref name="reply"/> as JSON.</summary>
    public async Task ReplyAsync<T>(
        T reply, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK,
        string contentType = JsonReplies.ContentType)
    {
        using var buffer = new Utf8Buffer();
        using (var writer = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
            JsonSerializer.Serialize(writer, reply, type);
        await JsonReplies.WriteAsync(Http, buffer, status, contentType);
    }

    /// <summary>Answers with bytes that are JSON already.</summary>
    public Task ReplyAsync(Utf8Buffer json) => JsonReplies.WriteAsync(Http, json);

    /// <inheritdoc cref="ReplyAsync(Utf8Buffer)"/>
    public Task ReplyAsync(ReadOnlyMemory<byte> json) => JsonReplies.WriteAsync(Http, json);

    /// <summary>Answers with bytes that are of another type than JSON.</summary>
    public Task ReplyAsync(ReadOnlyMemory<byte> body, string contentType) =>
        JsonReplies.WriteAsync(Http, body, contentType: contentType);
}
