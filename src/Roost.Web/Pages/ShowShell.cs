using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Roost.Web.Pages;

/// <summary>What is around the pages: <c>GET /menu</c>, for small screens, and <c>/manifest.webmanifest</c>, by which a
/// browser installs the site like an app.</summary>
internal static class ShowShell
{
    public static void Map(PageRoutes routes)
    {
        routes.Get("/menu", async call =>
        {
            if (!call.AsksToSignIn()) await call.ShowAsync<MenuPage>(call.Frame(call.T("Menu")));
        });
        routes.Get("/manifest.webmanifest", call => ManifestAsync(call.Http, call.Options));
    }

    private static async Task ManifestAsync(HttpContext http, WebOptions options)
    {
        http.Response.ContentType = "application/manifest+json";
        http.Response.Headers.CacheControl = "public, max-age=3600";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter.AsStream(leaveOpen: true));
        json.WriteStartObject();
        json.WriteString("name"u8, options.Title);
        json.WriteString("short_name"u8, options.Title);
        json.WriteString("description"u8, options.Description);
        json.WriteString("id"u8, "/"u8);
        json.WriteString("start_url"u8, "/"u8);
        json.WriteString("scope"u8, "/"u8);
        json.WriteString("display"u8, "standalone"u8);
        json.WriteString("background_color"u8, "#f6f3ee"u8);
        json.WriteString("theme_color"u8, "#f6f3ee"u8);
        json.WriteStartArray("icons"u8);
        WriteIcon(json, "/assets/icon.svg", "any", "image/svg+xml", "any");
        WriteIcon(json, "/assets/icon-192.png", "192x192", "image/png", "any");
        WriteIcon(json, "/assets/icon-512.png", "512x512", "image/png", "any maskable");
        json.WriteEndArray();
        json.WriteStartArray("shortcuts"u8);
        json.WriteStartObject();
        json.WriteString("name"u8, "New post"u8);
        json.WriteString("url"u8, "/compose"u8);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(http.RequestAborted);
    }

    private static void WriteIcon(Utf8JsonWriter json, string url, string sizes, string type, string purpose)
    {
        json.WriteStartObject();
        json.WriteString("src"u8, url);
        json.WriteString("sizes"u8, sizes);
        json.WriteString("type"u8, type);
        json.WriteString("purpose"u8, purpose);
        json.WriteEndObject();
    }
}
