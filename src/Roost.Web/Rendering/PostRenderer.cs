using System.Text.Json;
using Roost.Engine.Fragments;
using Roost.Engine.Ids;
using Roost.Engine.Text;
using Roost.Services.Cards;
using Roost.Services.Community;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Services.Users;
using Roost.Web.Community;
using Roost.Web.Http;
using Roost.Web.Media;

namespace Roost.Web.Rendering;

/// <summary>
/// Writes the part of the Status entity that every reader sees alike, up to where counters follow: straight into bytes,
/// from a post that was read whole or from the log's memory. Only what few posts have (pictures, cards, emojis) is
/// serialised. Thread-safe.
/// </summary>
internal sealed class PostRenderer(WebOptions options)
{
    private const int ContentCharacters = 1_024;

    /// <summary>Where addresses of accounts begin, as a string of JSON does.</summary>
    private readonly byte[] _urlStart = JsonText.Start($"{options.Root}/@");

    /// <summary>What most posts have in common, for who keeps many.</summary>
    public static CommonBytes CommonOf(WebOptions options)
    {
        var renderer = new PostRenderer(options);
        var author = new Account(new AccountId(1), "a", "a", "", false, false, ProfileRenderer.SampleTime);
        var usual = new LentPost
        {
            Ref = new PostRef(new PostId(1), 1, PostKind.Post, author.Id, default),
            At = ProfileRenderer.SampleTime,
            Visibility = Visibility.Public,
            Text = "a",
            SpoilerText = default,
            Language = "en",
        };
        var answer = new LentPost
        {
            Ref = new PostRef(new PostId(1), 1, PostKind.Post, author.Id, author.Id),
            At = usual.At,
            InReplyTo = new PostId(1),
            Visibility = Visibility.Unlisted,
            Sensitive = true,
            Text = "@a https://a #a",
            SpoilerText = "a",
            AppName = "a",
        };
        using var samples = new Utf8Buffer(CommonBytes.LengthMax);
        renderer.Write(samples, usual, author, [], null, null, EmojiSet.Empty);
        renderer.Write(samples, answer, author, [author, author], null, null, EmojiSet.Empty);
        return new CommonBytes(samples.Written);
    }

    /// <summary>Allocates nothing for words with names, unless they have hashtags. <b>Hot path</b>: of what is posted
    /// much, most is read within seconds, by some.</summary>
    /// <param name="mentions">Of those whom it names the ones that exist, in order.</param>
    /// <param name="quotedAuthor">Null where it quotes nothing, or the account is not there.</param>
    public void Write(
        Utf8Buffer to, in LentPost post, Account author, IReadOnlyList<Account> mentions, Account? quotedAuthor,
        Card? card, EmojiSet emojis)
    {
        var isBoost = post.Ref.Kind == PostKind.Boost;
        to.Write("{\"id\":\""u8);
        to.WriteNumber(post.Ref.Id.Value);
        to.Write("\",\"created_at\":"u8);
        to.WriteTime(post.At);
        to.Write(",\"in_reply_to_id\":"u8);
        WriteId(to, isBoost ? 0 : post.InReplyTo.Value);
        to.Write(",\"in_reply_to_account_id\":"u8);
        WriteId(to, isBoost ? 0 : post.Ref.Answered.Value);
        to.Write(post.Sensitive ? ",\"sensitive\":true"u8 : ",\"sensitive\":false"u8);
        to.Write(",\"spoiler_text\":"u8);
        to.WriteString(post.SpoilerText);
        to.Write(post.Visibility switch
        {
            Visibility.Public => ",\"visibility\":\"public\",\"language\":"u8,
            Visibility.Unlisted => ",\"visibility\":\"unlisted\",\"language\":"u8,
            Visibility.Followers => ",\"visibility\":\"private\",\"language\":"u8,
            _ => ",\"visibility\":\"direct\",\"language\":"u8,
        });
        WriteStringOrNull(to, post.Language);
        to.Write(",\"uri\":"u8);
        WriteUrl(to, author, post);
        to.Write(",\"url\":"u8);
        WriteUrl(to, author, post);
        to.Write(",\"content\":"u8);
        WriteContent(to, post, mentions, quotedAuthor);
        WriteEdited(to, post.Whole?.EditedAt);
        WriteApplication(to, post.AppName);
        WriteMentions(to, mentions);
        WriteTags(to, post.Text);
        WriteEmojis(to, post, emojis);
        WriteMedia(to, post.Whole?.Media ?? []);
        WriteCard(to, card);
        // What Roost's posts cannot have, in the form in which strict clients want to be told so.
        to.Write(isBoost ? ",\"tagged_collections\":[]"u8 : ",\"tagged_collections\":[],\"reblog\":null"u8);
    }

    private static void WriteId(Utf8Buffer to, long id)
    {
        if (id == 0)
        {
            to.Write("null"u8);
            return;
        }
        to.Write("\""u8);
        to.WriteNumber(id);
        to.Write("\""u8);
    }

    private static void WriteStringOrNull(Utf8Buffer to, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) to.Write("null"u8);
        else to.WriteString(text);
    }

    /// <summary>As <see cref="StatusRenderer.UrlOf"/>.</summary>
    private void WriteUrl(Utf8Buffer to, Account author, in LentPost post)
    {
        to.Write(_urlStart);
        to.WriteEscaped(author.Username);
        to.Write("/"u8);
        to.WriteNumber(post.Ref.Id.Value);
        to.Write("\""u8);
    }

    /// <summary>Before what quotes comes a link to what is quoted, for clients that do not show quotes.</summary>
    private void WriteContent(
        Utf8Buffer to, in LentPost post, IReadOnlyList<Account> mentions, Account? quotedAuthor)
    {
        using var html = new CharBuffer(ContentCharacters);
        if (quotedAuthor is not null && post.Whole is { } whole)
        {
            var url = StatusRenderer.UrlOf(quotedAuthor, whole.Quoted.Id, options);
            if (!whole.Text.Contains(url, StringComparison.Ordinal)) PostHtml.WriteQuoteLine(html, url);
        }
        PostHtml.Write(html, post.Text, mentions, options);
        to.WriteString(html.Written);
    }

    private static void WriteEdited(Utf8Buffer to, DateTimeOffset? at)
    {
        to.Write(",\"edited_at\":"u8);
        if (at is { } edited) to.WriteTime(edited);
        else to.Write("null"u8);
    }

    private static void WriteApplication(Utf8Buffer to, ReadOnlySpan<char> appName)
    {
        if (appName.IsEmpty)
        {
            to.Write(",\"application\":null"u8);
            return;
        }
        to.Write(",\"application\":{\"name\":"u8);
        to.WriteString(appName);
        to.Write(",\"website\":null}"u8);
    }

    private void WriteMentions(Utf8Buffer to, IReadOnlyList<Account> mentions)
    {
        to.Write(",\"mentions\":["u8);
        for (var i = 0; i < mentions.Count; i++)
        {
            var account = mentions[i];
            to.Write(i == 0 ? "{\"id\":\""u8 : ",{\"id\":\""u8);
            to.WriteNumber(account.Id.Value);
            to.Write("\",\"username\":"u8);
            to.WriteString(account.Username);
            to.Write(",\"url\":"u8);
            to.Write(_urlStart);
            to.WriteEscaped(account.Username);
            to.Write("\",\"acct\":"u8);
            to.WriteString(account.Username);
            to.Write("}"u8);
        }
        to.Write("]"u8);
    }

    private void WriteTags(Utf8Buffer to, ReadOnlySpan<char> text)
    {
        to.Write(",\"tags\":["u8);
        if (text.Contains('#'))
        {
            var isFirst = true;
            foreach (var tag in Hashtags.Of(text))
            {
                to.Write(isFirst ? "{\"name\":"u8 : ",{\"name\":"u8);
                to.WriteString(tag);
                to.Write(",\"url\":"u8);
                to.WriteString(PostHtml.TagUrl(tag, options));
                to.Write("}"u8);
                isFirst = false;
            }
        }
        to.Write("]"u8);
    }

    private void WriteEmojis(Utf8Buffer to, in LentPost post, EmojiSet emojis)
    {
        if (emojis.All.Count == 0)
        {
            to.Write(",\"emojis\":[]"u8);
            return;
        }
        to.Write(","u8);
        using var json = new Utf8JsonWriter(to, JsonReplies.WriterOptions);
        EmojiReply.Write(json, emojis.In(post.Text.ToString(), post.SpoilerText.ToString()), options);
    }

    private void WriteMedia(Utf8Buffer to, IReadOnlyList<MediaItem> media)
    {
        if (media.Count == 0)
        {
            to.Write(",\"media_attachments\":[]"u8);
            return;
        }
        to.Write(","u8);
        using var json = new Utf8JsonWriter(to, JsonReplies.WriterOptions);
        MediaReply.WriteAll(json, media, options);
    }

    private void WriteCard(Utf8Buffer to, Card? card)
    {
        if (card is null)
        {
            to.Write(",\"card\":null"u8);
            return;
        }
        to.Write(","u8);
        using var json = new Utf8JsonWriter(to, JsonReplies.WriterOptions);
        CardJson.Write(json, card, options);
    }
}
