using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Roost.Rpc;

namespace Roost.Replay.Online;

/// <summary>
/// Calls a server's client API. A request that met a lost connection, a time-out, or an answer of 429, 502, 503 or
/// 504 is sent again, a bounded number of times with doubling waits, or after what the
/// answer's Retry-After asks for; all others are answered as they are. Thread-safe.
/// </summary>
/// <remarks>Whatever is sent through it must be harmless when it arrives twice: a key with a post, follows and boosts
/// by nature.</remarks>
internal sealed class ClientApi(HttpClient http, OnlineOptions options, TimeProvider time, OnlineErrors errors)
{
    /// <summary>The longest that a server's Retry-After is obeyed.</summary>
    private static readonly TimeSpan _waitMax = TimeSpan.FromSeconds(30);

    /// <summary>Posts JSON and reads the answer's JSON.</summary>
    /// <exception cref="ServiceException">The server refused, or did not answer however often it was asked.</exception>
    public async Task<JsonNode> PostAsync(
        string path, JsonNode? body, string? token, CancellationToken ct, string? idempotencyKey = null)
    {
        using var reply = await SendAsync(() => Request(HttpMethod.Post, path, body, token, idempotencyKey), ct);
        return await ReadAsync(reply, path, ct);
    }

    /// <summary>Like <see cref="PostAsync"/>, but null when the server answers 422: the values are not
    /// acceptable.</summary>
    public async Task<JsonNode?> PostUnlessUnacceptableAsync(string path, JsonNode body, string? token,
        CancellationToken ct)
    {
        using var reply = await SendAsync(() => Request(HttpMethod.Post, path, body, token, null), ct);
        return reply.StatusCode == HttpStatusCode.UnprocessableEntity ? null : await ReadAsync(reply, path, ct);
    }

    /// <summary>Posts bytes of a type, and reads the answer's.</summary>
    /// <exception cref="ServiceException">The server refused, or did not answer however often it was asked.</exception>
    public async Task<byte[]> PostBytesAsync(
        string path, byte[] body, string type, string token, CancellationToken ct)
    {
        using var reply = await SendAsync(() => Request(path, body, type, token), ct);
        if (!reply.IsSuccessStatusCode) await ReadAsync(reply, path, ct);
        return await reply.Content.ReadAsByteArrayAsync(ct);
    }

    /// <summary>Gets JSON together with the target of the <c>rel="next"</c> link, or null where there is none (RFC
    /// 8288).</summary>
    public async Task<(JsonNode Json, Uri? Next)> GetAsync(string path, string token, CancellationToken ct)
    {
        using var reply = await SendAsync(() => Request(HttpMethod.Get, path, null, token, null), ct);
        var json = await ReadAsync(reply, path, ct);
        var links = reply.Headers.TryGetValues("Link", out var values) ? string.Join(", ", values) : "";
        return (json, NextOf(links));
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, JsonNode? body, string? token,
        string? key)
    {
        var request = new HttpRequestMessage(method, path);
        if (method == HttpMethod.Post) request.Content = JsonContent.Create(body ?? new JsonObject());
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return request;
    }

    private static HttpRequestMessage Request(string path, byte[] body, string type, string token)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> make, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            string failure;
            var wait = options.FirstRetryAfter * Math.Pow(2, attempt - 1);
            Exception? cause = null;
            using var request = make();
            try
            {
                var reply = await http.SendAsync(request, ct);
                if (!IsWorthRetrying(reply.StatusCode)) return reply;
                failure = $"HTTP {(int)reply.StatusCode}";
                if (reply.Headers.RetryAfter?.Delta is { } asked && asked > wait)
                    wait = asked < _waitMax ? asked : _waitMax;
                reply.Dispose();
            }
            catch (HttpRequestException e)
            {
                failure = e.HttpRequestError.ToString();
                cause = e;
            }
            catch (TaskCanceledException e) when (!ct.IsCancellationRequested)
            {
                failure = "timed out";
                cause = e;
            }
            errors.Count($"retried: {failure}");
            if (attempt >= options.Attempts)
                throw new ServiceException(
                    ErrorCode.Unavailable,
                    $"{request.Method} {request.RequestUri} failed {attempt} times ({failure}). Check that "
                        + $"{options.Server} is up and not overloaded.",
                    inner: cause);
            await Task.Delay(wait, time, ct);
        }
    }

    private static bool IsWorthRetrying(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests
        or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage reply, string path, CancellationToken ct)
    {
        var text = await reply.Content.ReadAsStringAsync(ct);
        if (!reply.IsSuccessStatusCode)
            throw new ServiceException(
                reply.StatusCode == HttpStatusCode.NotFound ? ErrorCode.NotFound : ErrorCode.Invalid,
                $"{path} answered HTTP {(int)reply.StatusCode}: {(text.Length > 200 ? text[..200] : text)}");
        try
        {
            return JsonNode.Parse(text) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new ServiceException(ErrorCode.Internal,
                $"{path} answered something that is no JSON. Is this a Mastodon-compatible server?", inner: e);
        }
    }

    private static Uri? NextOf(string links)
    {
        foreach (var link in links.Split(',', StringSplitOptions.TrimEntries))
        {
            var end = link.IndexOf('>', StringComparison.Ordinal);
            if (link.StartsWith('<') && end > 0 && link[end..].Contains("rel=\"next\"", StringComparison.Ordinal))
                return new Uri(link[1..end], UriKind.RelativeOrAbsolute);
        }
        return null;
    }
}
