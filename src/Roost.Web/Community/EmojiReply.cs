using System.Text.Json;
using Roost.Services.Community;
using Roost.Web.Http;
using Roost.Web.Media;

namespace Roost.Web.Community;

/// <summary>A CustomEmoji of the client API.</summary>
internal sealed record EmojiReply(
    string Shortcode, string Url, string StaticUrl, bool VisibleInPicker, string? Category)
{
    public static EmojiReply Of(CustomEmoji emoji, WebOptions options) => new(
        emoji.Shortcode, $"{options.Root}{MediaUrls.Path}/{emoji.FileKey}/original{emoji.Extension}",
        $"{options.Root}{MediaUrls.Path}/{emoji.FileKey}/small{emoji.StaticExtension}", true, emoji.Category);

    /// <summary>The member <c>emojis</c> of a post or an account.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<CustomEmoji> emojis, WebOptions options)
    {
        json.WriteStartArray("emojis"u8);
        foreach (var emoji in emojis)
            JsonSerializer.Serialize(json, Of(emoji, options), WebJson.Default.EmojiReply);
        json.WriteEndArray();
    }
}

/// <summary><c>GET /api/v1/custom_emojis</c>.</summary>
internal static class ListEmojis
{
    public static void Map(ApiRoutes routes) => routes.Get("/api/v1/custom_emojis", Access.Anyone, call =>
        call.ReplyAsync(
            [.. call.Services.Community.Emojis.Now.All.Select(emoji => EmojiReply.Of(emoji, call.Site.Options))],
            WebJson.Default.EmojiReplyArray));
}
