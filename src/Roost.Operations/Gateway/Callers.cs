using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Roost.Rpc.Admin.Errors;

namespace Roost.Operations.Gateway;

/// <summary>
/// Who asks, as far as those can be believed who pass it on: proxies on this machine and those that are named. What
/// anybody else says of whom they ask for is dropped.
/// </summary>
internal sealed class Callers(IReadOnlyList<IPNetwork> proxies)
{
    /// <summary>The cookie of a browser's session, over TLS.</summary>
    public const string SecureSession = "__Host-roost";

    /// <summary>The same without TLS.</summary>
    public const string PlainSession = "roost_session";

    public const string RequestIdHeader = "X-Request-Id";

    private const string ForHeader = "X-Forwarded-For";
    private const string HostHeader = "X-Forwarded-Host";
    private const string ProtoHeader = "X-Forwarded-Proto";

    private const int RequestIdMax = 64;

    // What strangers say that their requests are part of; ours begin here.
    private static readonly string[] _traces = ["traceparent", "tracestate", "baggage"];

    // Unique among all gateways, and a number within it.
    private readonly string _prefix = Guid.NewGuid().ToString("N")[..16];
    private long _requests;

    /// <summary>The request's id: a believed proxy's, or a new one.</summary>
    public string IdOf(HttpContext http) =>
        http.Request.Headers.TryGetValue(RequestIdHeader, out var given) && given is [{ } id] && IsId(id)
            && IsProxy(http.Connection.RemoteIpAddress)
            ? id
            : $"{_prefix}-{Interlocked.Increment(ref _requests):x}";

    /// <summary>An idempotency key for a post whose author has given none, so that it can be sent again.</summary>
    public string NewKey() => $"gateway-{_prefix}-{Interlocked.Increment(ref _requests):x}";

    /// <summary>The address from which a request came to the first proxy that is believed.</summary>
    public string ClientOf(HttpContext http)
    {
        var remote = http.Connection.RemoteIpAddress;
        if (IsProxy(remote) && http.Request.Headers.TryGetValue(ForHeader, out var chain))
        {
            var hops = chain.ToString().Split(
                ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            for (var i = hops.Length - 1; i >= 0 && IsProxy(remote); i--)
            {
                if (!IPAddress.TryParse(hops[i], out var hop)) break;
                remote = hop;
            }
        }
        return TextOf(remote);
    }

    /// <summary>Tells people apart as applications do: by their token or session, or else by their address.</summary>
    public ulong HashOf(HttpContext http)
    {
        const string Scheme = "Bearer ";
        var cookies = http.Request.Cookies;
        return Touched.HashOf(
            http.Request.Headers.Authorization is [{ } header]
                && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
                    ? header[Scheme.Length..].Trim()
                    : cookies[SecureSession] ?? cookies[PlainSession] ?? ClientOf(http));
    }

    /// <summary>Writes what an application is told about who asks.</summary>
    public void Tell(HttpContext http, HttpRequestMessage request, string id)
    {
        var headers = request.Headers;
        var isBelieved = IsProxy(http.Connection.RemoteIpAddress);
        var given = http.Request.Headers;
        var remote = TextOf(http.Connection.RemoteIpAddress);
        Set(ForHeader, isBelieved && given[ForHeader] is { Count: > 0 } chain ? $"{chain}, {remote}" : remote);
        Set(ProtoHeader, Kept(ProtoHeader) ?? http.Request.Scheme);
        Set(HostHeader, Kept(HostHeader) ?? http.Request.Host.Value ?? "");
        Set(RequestIdHeader, id);
        headers.Remove("Forwarded");
        foreach (var header in _traces) headers.Remove(header);

        string? Kept(string header) =>
            isBelieved && given.TryGetValue(header, out StringValues value) && value is [{ Length: > 0 } one]
                ? one
                : null;

        void Set(string header, string value)
        {
            headers.Remove(header);
            headers.TryAddWithoutValidation(header, value);
        }
    }

    private bool IsProxy(IPAddress? address)
    {
        if (address is null) return false;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address)) return true;
        foreach (var network in proxies)
        {
            if (network.Contains(address)) return true;
        }
        return false;
    }

    private static bool IsId(string id) =>
        id.Length is > 0 and <= RequestIdMax
        && id.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0;

    private static string TextOf(IPAddress? address) => address is null ? "unknown"
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString()
        : address.ToString();
}
