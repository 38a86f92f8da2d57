using System.Text.Json.Serialization;
using Roost.Engine.Ids;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Pages;
using Roost.Web.Rendering;

namespace Roost.Web.Statuses;

/// <summary>What other sites need to show a post, by oEmbed 1.0 (https://oembed.com) §2.3.</summary>
internal sealed record OEmbedReply(
    string Type, string Version, string Title, string AuthorName, string AuthorUrl, string ProviderName,
    string ProviderUrl, int CacheAge, string Html, int Width)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? Height { get; init; }
}

/// <summary><c>GET /api/oembed</c>: how to show a post of this server that everybody may see within another
/// page.</summary>
internal static class GetOEmbed
{
    private const int WidthUsual = 400;
    private const int WidthMin = 200;
    private const int WidthMax = 4_000;
    private const int CacheSeconds = 86_400;

    public static void Map(ApiRoutes routes) => routes.Get("/api/oembed", Access.Anyone, RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var query = call.Query;
        if (IdIn(query.Text("url")?.Trim() ?? "", call.Site.Options) is not { } id) throw Faults.NotFound();
        var entries = await call.Services.Timelines.Hydrate(
            new HydratePosts(default, [StatusReply.RefOf(id)], ByName: true), call.Rpc);
        if (entries[0] is not { Post.IsBoost: false } entry) throw Faults.NotFound();
        var most = query.Cursor("maxwidth");
        var width = (int)Math.Clamp(most == 0 ? WidthUsual : most, WidthMin, WidthMax);
        var high = query.Cursor("maxheight");
        int? height = high == 0 ? null : (int)Math.Min(high, WidthMax);
        var account = entry.Author.Account;
        var options = call.Site.Options;
        await call.ReplyAsync(
            new OEmbedReply(
                "rich", "1.0", $"New post by {PostCard.PlainNameOf(account)}", PostCard.PlainNameOf(account),
                AccountRenderer.UrlOf(account, options), options.Domain, options.Root, CacheSeconds,
                FrameOf(StatusRenderer.UrlOf(account, id, options), width, height), width)
            {
                Height = height,
            },
            WebJson.Default.OEmbedReply);
    }

    /// <summary>The post that an address of this server leads to, or null.</summary>
    private static PostId? IdIn(string url, WebOptions options)
    {
        if (!url.StartsWith(options.Root + "/@", StringComparison.OrdinalIgnoreCase)) return null;
        var end = url.AsSpan().IndexOfAny('?', '#');
        var parts = (end < 0 ? url : url[..end])[options.Root.Length..].TrimEnd('/').Split('/');
        if (parts is not (["", _, _] or ["", _, _, "embed"])) return null;
        return PostId.TryParse(parts[2], out var id) ? id : null;
    }

    private static string FrameOf(string url, int width, int? height)
    {
        using var html = new CharBuffer(512);
        html.Append("<iframe src=\"");
        PostHtml.AppendEscaped(html, url);
        html.Append("/embed\" sandbox=\"allow-popups allow-popups-to-escape-sandbox\" loading=\"lazy\" ")
            .Append($"style=\"max-width: 100%; border: 0\" width=\"{width}\"");
        if (height is { } rows) html.Append($" height=\"{rows}\"");
        return html.Append("></iframe>").ToString();
    }
}
