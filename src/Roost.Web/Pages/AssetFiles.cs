using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Roost.Web.Pages;

/// <summary>The few files that pages and accounts point to, embedded in this assembly and kept in memory.</summary>
internal static class AssetFiles
{
    private static readonly byte[] _robots = "User-agent: *\nDisallow: /api/\nDisallow: /oauth/\n"u8.ToArray();
    private static readonly byte[] _style = Read("roost.css");
    private static readonly byte[] _live = Read("live.js");

    /// <summary>Changes with the file's content, so that browsers may keep it for ever.</summary>
    public static string StyleUrl { get; } = "/assets/roost.css?v="
        + Convert.ToHexStringLower(SHA256.HashData(_style))[..12];

    /// <inheritdoc cref="StyleUrl"/>
    public static string LiveUrl { get; } = "/assets/live.js?v="
        + Convert.ToHexStringLower(SHA256.HashData(_live))[..12];

    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, "/assets/live.js", "text/javascript; charset=utf-8", _live, "public, max-age=31536000, immutable");
        Map(routes, "/assets/roost.css", "text/css; charset=utf-8", _style, "public, max-age=31536000, immutable");
        Map(routes, "/assets/avatar.png", "image/png", Read("avatar.png"), "public, max-age=86400");
        // Asked for by browsers and crawlers whatever a page says.
        Map(routes, "/favicon.ico", "image/png", Read("avatar.png"), "public, max-age=86400");
        Map(routes, "/robots.txt", "text/plain; charset=utf-8", _robots, "public, max-age=86400");
        Map(routes, "/assets/header.png", "image/png", Read("header.png"), "public, max-age=86400");
    }

    private static void Map(IEndpointRouteBuilder routes, string path, string type, byte[] content, string caching) =>
        routes.MapMethods(path, ["GET", "HEAD"], new RequestDelegate(async http =>
        {
            http.Response.ContentType = type;
            http.Response.ContentLength = content.Length;
            http.Response.Headers.CacheControl = caching;
            // Web clients on other origins show these.
            http.Response.Headers.AccessControlAllowOrigin = "*";
            await http.Response.BodyWriter.WriteAsync(content, http.RequestAborted);
        }));

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
