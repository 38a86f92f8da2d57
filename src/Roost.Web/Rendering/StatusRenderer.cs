using System.Globalization;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Engine.Text;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Rendering;

/// <summary>
/// Writes posts and boosts as the client API's Status entity. The part of a post that every reader sees alike is
/// rendered once,
/// kept as bytes, and copied; counters, what the reader did with it, and the author's account are written around it:
/// <code>
///  {"id":…,"content":…,"mentions":[…],…   kept, by post id
///  ,"replies_count":3,…                   written
///  ,"favourited":true,…                   written, when there is a reader
///  ,"reblog":{…}                          for boosts: the post within, in the same way
///  ,"account":{…}                         kept by account id, its counters written
///  }
/// </code>
/// No object is serialised and no string made for a page of posts that were shown before. Thread-safe.
/// </summary>
internal sealed class StatusRenderer(WebOptions options, AccountRenderer accounts, long cacheBytes)
{
    private readonly FragmentCache<Source> _fragments = new(cacheBytes, Source.Same);

    public static string UrlOf(Account author, PostId id, WebOptions options) =>
        $"{options.Root}/@{author.Username}/{id}";

    public static string NameOf(Visibility visibility) => visibility switch
    {
        Visibility.Public => "public",
        Visibility.Unlisted => "unlisted",
        _ => "private",
    };

    /// <summary>A JSON array of posts, as timelines are.</summary>
    public void WritePage(Utf8Buffer to, IReadOnlyList<TimelineEntry> entries, AccountId viewer)
    {
        for (var i = 0; i < entries.Count; i++) Prefetch(entries[i]);
        to.Write("["u8);
        for (var i = 0; i < entries.Count; i++)
        {
            if (i > 0) to.Write(","u8);
            Write(to, entries[i], viewer);
        }
        to.Write("]"u8);
    }

    public void Write(Utf8Buffer to, TimelineEntry entry, AccountId viewer)
    {
        WriteOpen(to, entry, viewer);
        to.Write("}"u8);
    }

    /// <summary>The entity without its closing brace, so that more members can follow.</summary>
    public void WriteOpen(Utf8Buffer to, TimelineEntry entry, AccountId viewer)
    {
        to.Insert(FragmentOf(entry));
        WriteStats(to, entry.Stats);
        if (!viewer.IsNone) WriteReader(to, entry, viewer);
        if (entry.Boosted is { } boosted)
        {
            to.Write(",\"reblog\":"u8);
            Write(to, boosted, viewer);
        }
        to.Write(",\"account\":"u8);
        accounts.Write(to, entry.Author);
    }

    private void Prefetch(TimelineEntry entry)
    {
        _fragments.Prefetch(entry.Post.Id.Value);
        accounts.Prefetch(entry.Author);
        if (entry.Boosted is { } boosted) Prefetch(boosted);
    }

    private static void WriteStats(Utf8Buffer to, PostStats stats)
    {
        to.Write(",\"replies_count\":"u8);
        to.WriteNumber(stats.Replies);
        to.Write(",\"reblogs_count\":"u8);
        to.WriteNumber(stats.Boosts);
        to.Write(",\"favourites_count\":"u8);
        to.WriteNumber(stats.Favourites);
    }

    private static void WriteReader(Utf8Buffer to, TimelineEntry entry, AccountId viewer)
    {
        to.Write((entry.Stats.Favourited, entry.Stats.Boosted) switch
        {
            (false, false) => ",\"favourited\":false,\"reblogged\":false"u8,
            (false, true) => ",\"favourited\":false,\"reblogged\":true"u8,
            (true, false) => ",\"favourited\":true,\"reblogged\":false"u8,
            (true, true) => ",\"favourited\":true,\"reblogged\":true"u8,
        });
        to.Write(",\"muted\":false,\"bookmarked\":false,\"filtered\":[]"u8);
        if (entry.Post.Author == viewer) to.Write(",\"pinned\":false"u8);
    }

    private byte[] FragmentOf(TimelineEntry entry)
    {
        var source = new Source(entry.Post, entry.Author.Account, entry.Mentions);
        var id = entry.Post.Id.Value;
        var fragment = _fragments.Find(id, source);
        if (fragment is not null) return fragment;

        fragment = Render(source);
        _fragments.Add(id, source, fragment, source.Bytes);
        return fragment;
    }

    private byte[] Render(Source source)
    {
        var (post, author, mentions) = source;
        using var buffer = new Utf8Buffer(2_048);
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
        {
            var url = UrlOf(author, post.Id, options);
            json.WriteStartObject();
            json.WriteString("id"u8, post.Id.ToString());
            json.WriteString("created_at"u8, Time(post.At));
            WriteId(json, "in_reply_to_id"u8, post.IsBoost ? 0 : post.InReplyTo.Value);
            WriteId(json, "in_reply_to_account_id"u8, post.IsBoost ? 0 : post.Ref.Answered.Value);
            json.WriteBoolean("sensitive"u8, post.Sensitive);
            json.WriteString("spoiler_text"u8, post.SpoilerText);
            json.WriteString("visibility"u8, NameOf(post.Visibility));
            json.WriteString("language"u8, post.Language);
            json.WriteString("uri"u8, url);
            json.WriteString("url"u8, url);
            json.WriteString("content"u8, PostHtml.Render(post.Text, mentions, options));
            json.WriteString("edited_at"u8, post.EditedAt is { } edited ? Time(edited) : null);
            WriteApplication(json, post.AppName);
            WriteMentions(json, mentions);
            WriteTags(json, post.Text);
            WriteAbsent(json, post.IsBoost);
        }
        return buffer.ToArray();
    }

    private static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString(AccountRenderer.TimeFormat, CultureInfo.InvariantCulture);

    private static void WriteId(Utf8JsonWriter json, ReadOnlySpan<byte> name, long value) =>
        json.WriteString(name, value == 0 ? null : value.ToString(CultureInfo.InvariantCulture));

    private static void WriteApplication(Utf8JsonWriter json, string? appName)
    {
        if (appName is null)
        {
            json.WriteNull("application"u8);
            return;
        }
        json.WriteStartObject("application"u8);
        json.WriteString("name"u8, appName);
        json.WriteNull("website"u8);
        json.WriteEndObject();
    }

    private void WriteMentions(Utf8JsonWriter json, IReadOnlyList<Account> mentions)
    {
        json.WriteStartArray("mentions"u8);
        foreach (var account in mentions)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, account.Id.ToString());
            json.WriteString("username"u8, account.Username);
            json.WriteString("url"u8, AccountRenderer.UrlOf(account, options));
            json.WriteString("acct"u8, account.Username);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void WriteTags(Utf8JsonWriter json, string text)
    {
        json.WriteStartArray("tags"u8);
        foreach (var tag in Hashtags.Of(text))
        {
            json.WriteStartObject();
            json.WriteString("name"u8, tag);
            json.WriteString("url"u8, PostHtml.TagUrl(tag, options));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    // What Roost's posts cannot have, in the form in which strict clients want to be told so.
    private static void WriteAbsent(Utf8JsonWriter json, bool isBoost)
    {
        json.WriteStartArray("media_attachments"u8);
        json.WriteEndArray();
        json.WriteStartArray("emojis"u8);
        json.WriteEndArray();
        json.WriteNull("card"u8);
        json.WriteNull("poll"u8);
        json.WriteNull("quote"u8);
        json.WriteNumber("quotes_count"u8, 0);
        json.WriteStartObject("quote_approval"u8);
        json.WriteStartArray("automatic"u8);
        json.WriteEndArray();
        json.WriteStartArray("manual"u8);
        json.WriteEndArray();
        json.WriteString("current_user"u8, "denied"u8);
        json.WriteEndObject();
        if (!isBoost) json.WriteNull("reblog"u8);
    }

    /// <summary>All that a post's fragment is made of.</summary>
    private readonly record struct Source(Post Post, Account Author, IReadOnlyList<Account> Mentions)
    {
        public int Bytes => 2 * (Post.Text.Length + Post.SpoilerText.Length) + 8 * Mentions.Count + 240;

        // A store may decode the same post anew for each reader: equal parts are as good as the same object.
        public static bool Same(Source a, Source b) =>
            (ReferenceEquals(a.Post, b.Post) || SameText(a.Post, b.Post))
            && (ReferenceEquals(a.Author, b.Author) || a.Author.Username == b.Author.Username)
            && (ReferenceEquals(a.Mentions, b.Mentions) || SameMentions(a.Mentions, b.Mentions));

        private static bool SameText(Post a, Post b) =>
            a.EditedAt == b.EditedAt && a.At == b.At && a.Ref == b.Ref && a.Text == b.Text
                && a.SpoilerText == b.SpoilerText
            && a.Sensitive == b.Sensitive && a.Visibility == b.Visibility && a.Language == b.Language
            && a.InReplyTo == b.InReplyTo && a.AppName == b.AppName;

        private static bool SameMentions(IReadOnlyList<Account> a, IReadOnlyList<Account> b)
        {
            if (a.Count != b.Count) return false;
            for (var i = 0; i < a.Count; i++)
            {
                if (a[i].Id != b[i].Id) return false;
            }
            return true;
        }
    }
}
