using System.Globalization;
using System.Text.Json;
using Roost.Engine.Text;
using Roost.Services.Cards;
using Roost.Services.Community;
using Roost.Services.Posts;
using Roost.Services.Users;
using Roost.Web;
using Roost.Web.Community;
using Roost.Web.Http;
using Roost.Web.Media;
using Roost.Web.Rendering;

namespace Roost.Tests.Web;

/// <summary>The part of the Status entity that every reader sees alike in the plainest form, by a serializer: what
/// <see cref="PostRenderer"/> must write to the byte.</summary>
internal static class PlainPostJson
{
    private static readonly JsonSerializerOptions _relaxed = new() { Encoder = JsonReplies.WriterOptions.Encoder };

    public static void Write(
        Utf8Buffer to, Post post, Account author, IReadOnlyList<Account> mentions, Account? quotedAuthor, Card? card,
        EmojiSet emojis, WebOptions options)
    {
        using var json = new Utf8JsonWriter(to, JsonReplies.WriterOptions);
        var url = StatusRenderer.UrlOf(author, post.Id, options);
        json.WriteStartObject();
        json.WriteString("id", post.Id.ToString());
        json.WriteString("created_at", TimeText.Of(post.At));
        WriteId(json, "in_reply_to_id", post.IsBoost ? 0 : post.InReplyTo.Value);
        WriteId(json, "in_reply_to_account_id", post.IsBoost ? 0 : post.Ref.Answered.Value);
        json.WriteBoolean("sensitive", post.Sensitive);
        json.WriteString("spoiler_text", post.SpoilerText);
        json.WriteString("visibility", StatusRenderer.NameOf(post.Visibility));
        json.WriteString("language", post.Language);
        json.WriteString("uri", url);
        json.WriteString("url", url);
        json.WriteString("content", ContentOf(post, mentions, quotedAuthor, options));
        json.WriteString("edited_at", TimeText.Of(post.EditedAt));
        json.WritePropertyName("application");
        JsonSerializer.Serialize(
            json, post.AppName is null ? null : new { name = post.AppName, website = (string?)null }, _relaxed);
        json.WritePropertyName("mentions");
        JsonSerializer.Serialize(
            json, mentions.Select(account => new
            {
                id = account.Id.ToString(),
                username = account.Username,
                url = AccountRenderer.UrlOf(account, options),
                acct = account.Username,
            }), _relaxed);
        json.WritePropertyName("tags");
        JsonSerializer.Serialize(
            json, Hashtags.Of(post.Text).Select(tag => new { name = tag, url = PostHtml.TagUrl(tag, options) }),
            _relaxed);
        EmojiReply.Write(json, emojis.In(post.Text, post.SpoilerText), options);
        MediaReply.WriteAll(json, post.Media, options);
        if (card is null) json.WriteNull("card");
        else Roost.Web.Rendering.CardJson.Write(json, card, options);
        json.WriteStartArray("tagged_collections");
        json.WriteEndArray();
        if (!post.IsBoost) json.WriteNull("reblog");
    }

    private static string ContentOf(
        Post post, IReadOnlyList<Account> mentions, Account? quotedAuthor, WebOptions options)
    {
        var content = PostHtml.Render(post.Text, mentions, options);
        if (quotedAuthor is null) return content;
        var url = StatusRenderer.UrlOf(quotedAuthor, post.Quoted.Id, options);
        if (post.Text.Contains(url, StringComparison.Ordinal)) return content;
        using var line = new CharBuffer(256);
        PostHtml.WriteQuoteLine(line, url);
        return line + content;
    }

    private static void WriteId(Utf8JsonWriter json, string name, long value) =>
        json.WriteString(name, value == 0 ? null : value.ToString(CultureInfo.InvariantCulture));
}
