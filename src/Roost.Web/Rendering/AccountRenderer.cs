using System.Text.Json;
using Roost.Engine.Fragments;
using Roost.Engine.Ids;
using Roost.Services.Community;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Community;
using Roost.Web.Http;
using Roost.Web.Media;
using Roost.Web.Moderation;

namespace Roost.Web.Rendering;

/// <summary>
/// Writes accounts as the client API's Account entity. What an account says of itself is rendered once and kept until
/// that has changed; its counters, which change with every post and follow, are written after it. Thread-safe.
/// </summary>
internal sealed class AccountRenderer(WebOptions options, long cacheBytes, EmojiBook? emojis = null)
{
    private readonly EmojiFragments<long> _kept = new(cacheBytes, emojis);

    public static string UrlOf(Account account, WebOptions options) => $"{options.Root}/@{account.Username}";

    /// <summary>Where a profile's picture is.</summary>
    public static string UrlOf(Picture picture, WebOptions options) => options.Root + PathOf(picture);

    /// <summary>The same on this server, for its own pages.</summary>
    public static string PathOf(Picture picture) =>
        $"{MediaUrls.Path}/{picture.FileKey}/original{picture.Extension}";

    /// <inheritdoc cref="FragmentArena{TVersion}.Prefetch"/>
    public void Prefetch(AccountId id) => _kept.Now.Fragments.Prefetch((uint)id.Value);

    public void Write(Utf8Buffer to, AccountView view)
    {
        WriteOpen(to, view);
        to.Write("}"u8);
    }

    /// <summary>The entity without its closing brace, so that more members can follow.</summary>
    public void WriteOpen(Utf8Buffer to, AccountView view) => WriteOpen(to, view.Account, view.Follows, view.Posts);

    /// <inheritdoc cref="WriteOpen(Utf8Buffer, AccountView)"/>
    /// <remarks><b>Hot path</b>: every post of every page has one. Allocates nothing where it is kept.</remarks>
    public void WriteOpen(Utf8Buffer to, Account account, in FollowCounts follows, in AuthorCounts posts)
    {
        var id = account.Id.Value;
        if (account.Stamp == 0 || !_kept.Now.Fragments.TryCopy((uint)id, id, account.Stamp, to)) Render(to, account);
        WriteCounters(to, follows, posts);
    }

    private void Render(Utf8Buffer to, Account account)
    {
        var start = to.Length;
        var kept = _kept.Now;
        Render(to, account, kept.Emojis);
        if (account.Stamp == 0) return;
        var id = account.Id.Value;
        kept.Fragments.Add((uint)id, id, account.Stamp, to.Written[start..]);
    }

    private static void WriteCounters(Utf8Buffer to, in FollowCounts follows, in AuthorCounts posts)
    {
        to.Write(",\"followers_count\":"u8);
        to.WriteNumber(follows.Followers);
        to.Write(",\"following_count\":"u8);
        to.WriteNumber(follows.Following);
        to.Write(",\"statuses_count\":"u8);
        to.WriteNumber(posts.Posts);
        to.Write(",\"last_status_at\":"u8);
        if (posts.LastOn is { } last) to.WriteDate(last);
        else to.Write("null"u8);
    }

    private void Render(Utf8Buffer to, Account account, EmojiSet emojis)
    {
        using var json = new Utf8JsonWriter(to, JsonReplies.WriterOptions);
        var url = UrlOf(account, options);
        json.WriteStartObject();
        json.WriteString("id"u8, account.Id.ToString());
        json.WriteString("username"u8, account.Username);
        json.WriteString("acct"u8, account.Username);
        json.WriteString("display_name"u8, account.DisplayName);
        json.WriteBoolean("locked"u8, account.Locked);
        json.WriteBoolean("bot"u8, account.Bot);
        var profile = account.Profile;
        if (profile.Discoverable is { } discoverable) json.WriteBoolean("discoverable"u8, discoverable);
        else json.WriteNull("discoverable"u8);
        json.WriteBoolean("indexable"u8, profile.Indexable);
        json.WriteBoolean("group"u8, false);
        json.WriteString("created_at"u8, TimeText.Of(account.CreatedAt));
        json.WriteString("note"u8, PostHtml.Render(account.Note, [], options));
        json.WriteString("url"u8, url);
        json.WriteString("uri"u8, url);
        WritePicture(json, "avatar", profile.Avatar);
        WritePicture(json, "header", profile.Header);
        json.WriteBoolean("hide_collections"u8, profile.HidesCollections);
        json.WriteBoolean("show_media"u8, profile.ShowsMedia);
        json.WriteBoolean("show_media_replies"u8, profile.ShowsMediaReplies);
        json.WriteBoolean("show_featured"u8, profile.ShowsFeatured);
        WriteFeatureApproval(json, profile.Discoverable is true);
        json.WriteBoolean("noindex"u8, !profile.Indexable);
        WriteFields(json, profile.Fields);
        WriteEmojis(json, account, emojis);
        WriteRoles(json, account.Role);
        if (account.IsSilenced) json.WriteBoolean("limited"u8, true);
    }

    private void WriteEmojis(Utf8JsonWriter json, Account account, EmojiSet emojis)
    {
        string[] texts =
        [
            account.DisplayName, account.Note,
            .. account.Profile.Fields.SelectMany(field => (string[])[field.Name, field.Value]),
        ];
        EmojiReply.Write(json, emojis.In(texts), options);
    }

    // Who may put the account into a collection: everybody, if it wants to be found.
    private static void WriteFeatureApproval(Utf8JsonWriter json, bool isFound)
    {
        json.WriteStartObject("feature_approval"u8);
        json.WriteStartArray("automatic"u8);
        if (isFound) json.WriteStringValue("public"u8);
        json.WriteEndArray();
        json.WriteStartArray("manual"u8);
        json.WriteEndArray();
        json.WriteString("current_user"u8, isFound ? "automatic"u8 : "denied"u8);
        json.WriteEndObject();
    }

    private static void WriteRoles(Utf8JsonWriter json, AccountRole of)
    {
        json.WriteStartArray("roles"u8);
        if (of != AccountRole.User)
        {
            var role = Role.Of(of);
            json.WriteStartObject();
            json.WriteString("id"u8, role.Id);
            json.WriteString("name"u8, role.Name);
            json.WriteString("color"u8, role.Color);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Where an account's picture is.</summary>
    public static string AvatarOf(Account account, WebOptions options) =>
        UrlOf(account.Profile.Avatar, "avatar", options);

    private static string UrlOf(Picture? picture, string name, WebOptions options) =>
        picture is null ? $"{options.Root}/assets/{name}.png" : UrlOf(picture, options);

    private void WritePicture(Utf8JsonWriter json, string name, Picture? picture)
    {
        var url = UrlOf(picture, name, options);
        json.WriteString(name, url);
        json.WriteString(name + "_static", url);
        json.WriteString(name + "_description", picture?.Description ?? "");
    }

    private void WriteFields(Utf8JsonWriter json, IReadOnlyList<ProfileField> fields)
    {
        json.WriteStartArray("fields"u8);
        foreach (var field in fields)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, field.Name);
            json.WriteString("value"u8, PostHtml.RenderLine(field.Value, [], options));
            json.WriteNull("verified_at"u8);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
