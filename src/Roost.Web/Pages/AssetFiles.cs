using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Roost.Web.Pages;

/// <summary>
/// The few files that pages and accounts point to, embedded in this assembly and kept in memory; text also compressed,
/// once somebody asks for it so: to do it well takes long, and a start need not wait for it.
/// Pages themselves are not compressed: they have a secret (the forms' token) beside what others wrote, and the size of
/// a compressed page would tell of it.
/// </summary>
internal static class AssetFiles
{
    private const string ForEver = "public, max-age=31536000, immutable";
    private const string ForADay = "public, max-age=86400";
    private const string NotAtAll = "no-store";

    /// <summary>Said when the file is not the one that was asked for, but the one of this version of the program: a
    /// gateway then asks others, of which one may be of the version that made the page.</summary>
    private const string OtherVersionHeader = "Roost-Other-Version";

    private static readonly byte[] _robots = "User-agent: *\nDisallow: /api/\nDisallow: /oauth/\n"u8.ToArray();

    // Their addresses change with their content, so that browsers may keep them for ever.
    private static readonly FrozenDictionary<string, (string Type, byte[] Content)> _versioned = new (string, string)[]
    {
        ("roost.css", "text/css; charset=utf-8"),
        ("ops.css", "text/css; charset=utf-8"),
        ("icons.svg", "image/svg+xml"),
        ("live.js", "text/javascript; charset=utf-8"),
        ("page.js", "text/javascript; charset=utf-8"),
        ("compose.js", "text/javascript; charset=utf-8"),
        ("keys.js", "text/javascript; charset=utf-8"),
        ("charts.js", "text/javascript; charset=utf-8"),
    }.ToFrozenDictionary(file => file.Item1, file => (file.Item2, Read(file.Item1)));

    // Of all servers of this process, by path.
    private static readonly ConcurrentDictionary<string, Lazy<byte[]>> _packed = new(StringComparer.Ordinal);

    public static string StyleUrl { get; } = UrlOf("roost.css");

    public static string OpsStyleUrl { get; } = UrlOf("ops.css");

    public static string IconsUrl { get; } = UrlOf("icons.svg");

    public static string LiveUrl { get; } = UrlOf("live.js");

    public static string PageUrl { get; } = UrlOf("page.js");

    public static string ComposeUrl { get; } = UrlOf("compose.js");

    public static string KeysUrl { get; } = UrlOf("keys.js");

    public static string ChartsUrl { get; } = UrlOf("charts.js");

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (name, (type, content)) in _versioned)
            Map(routes, "/assets/" + name, type, content, VersionOf(name));
        foreach (var name in (string[])["avatar.png", "header.png", "icon-180.png", "icon-192.png", "icon-512.png"])
            Map(routes, "/assets/" + name, "image/png", Read(name));
        Map(routes, "/assets/icon.svg", "image/svg+xml", Read("icon.svg"));
        // Asked for by browsers and crawlers whatever a page says.
        Map(routes, "/favicon.ico", "image/png", Read("icon-192.png"));
        Map(routes, "/robots.txt", "text/plain; charset=utf-8", _robots);
    }

    /// <summary>An embedded file as text.</summary>
    public static string Text(string name) => Encoding.UTF8.GetString(Read(name));

    private static string UrlOf(string name) => $"/assets/{name}?v={VersionOf(name)}";

    private static string VersionOf(string name) =>
        Convert.ToHexStringLower(SHA256.HashData(_versioned[name].Content))[..12];

    /// <param name="version">What its address has when a page names it; null: no page does so.</param>
    private static void Map(
        IEndpointRouteBuilder routes, string path, string type, byte[] content, string? version = null)
    {
        var packed = type.Contains("text", StringComparison.Ordinal) || type.Contains("xml", StringComparison.Ordinal)
            ? _packed.GetOrAdd(path, static (_, content) => new Lazy<byte[]>(() => Pack(content)), content)
            : null;
        routes.MapMethods(path, ["GET", "HEAD"], new RequestDelegate(async http =>
        {
            var isPacked = packed is not null
                && http.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal);
            var body = isPacked ? packed!.Value : content;
            http.Response.ContentType = type;
            http.Response.ContentLength = body.Length;
            var caching = CachingOf(http.Request, version);
            http.Response.Headers.CacheControl = caching;
            // While versions are mixed, or the page is older than the server: it will have to do, this once.
            if (caching == NotAtAll) http.Response.Headers[OtherVersionHeader] = "true";
            if (packed is not null) http.Response.Headers.Vary = "Accept-Encoding";
            if (isPacked) http.Response.Headers.ContentEncoding = "br";
            // Web clients on other origins show these.
            http.Response.Headers.AccessControlAllowOrigin = "*";
            await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted);
        }));
    }

    private static string CachingOf(HttpRequest request, string? version) =>
        version is null || request.Query["v"] is not [{ } asked] ? ForADay
        : asked == version ? ForEver
        : NotAtAll;

    private static byte[] Pack(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.SmallestSize)) brotli.Write(content);
        return packed.ToArray();
    }

    private static byte[] Read(string name)
    {
        using var stream = typeof(AssetFiles).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException(
                $"The asset {name} is not embedded in Roost.Web; see its project file.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
