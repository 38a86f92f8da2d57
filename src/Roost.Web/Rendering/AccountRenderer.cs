using System.Globalization;
using System.Text.Json;
using Roost.Engine.Fragments;
using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Rendering;

/// <summary>
/// Writes accounts as the client API's Account entity. What an account says of itself is rendered once and kept until
/// that has changed; its counters, which change with every post and follow, are written after it. Thread-safe.
/// </summary>
internal sealed class AccountRenderer(WebOptions options, long cacheBytes)
{
    /// <summary>Layout of days and times in JSON: UTC, to the millisecond.</summary>
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private readonly FragmentArena<long> _fragments = new(cacheBytes);

    public static string UrlOf(Account account, WebOptions options) => $"{options.Root}/@{account.Username}";

    /// <inheritdoc cref="FragmentArena{TVersion}.Prefetch"/>
    public void Prefetch(AccountId id) => _fragments.Prefetch((uint)id.Value);

    public void Write(Utf8Buffer to, AccountView view)
    {
        WriteOpen(to, view);
        to.Write("}"u8);
    }

    /// <summary>The entity without its closing brace, so that more members can follow.</summary>
    public void WriteOpen(Utf8Buffer to, AccountView view)
    {
        if (!TryWriteOpen(to, view.Account, view.Follows, view.Posts)) Render(to, view);
    }

    /// <summary>The same, if it is kept. <b>Hot path</b>: every post of every page has one.</summary>
    /// <returns>False, and nothing written, when it is not.</returns>
    public bool TryWriteOpen(Utf8Buffer to, Account account, in FollowCounts follows, in AuthorCounts posts)
    {
        if (account.Stamp == 0) return false;
        var id = account.Id.Value;
        if (!_fragments.TryCopy((uint)id, id, account.Stamp, to)) return false;
        WriteCounters(to, follows, posts);
        return true;
    }

    private void Render(Utf8Buffer to, AccountView view)
    {
        var start = to.Length;
        Render(to, view.Account);
        if (view.Account.Stamp != 0)
        {
            var id = view.Account.Id.Value;
            _fragments.Add((uint)id, id, view.Account.Stamp, to.Written[start..]);
        }
        WriteCounters(to, view.Follows, view.Posts);
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

    private void Render(Utf8Buffer to, Account account)
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
        json.WriteNull("discoverable"u8);
        json.WriteBoolean("indexable"u8, false);
        json.WriteBoolean("group"u8, false);
        json.WriteString("created_at"u8,
            account.CreatedAt.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
        json.WriteString("note"u8, PostHtml.Render(account.Note, [], options));
        json.WriteString("url"u8, url);
        json.WriteString("uri"u8, url);
        json.WriteString("avatar"u8, options.Root + "/assets/avatar.png");
        json.WriteString("avatar_static"u8, options.Root + "/assets/avatar.png");
        json.WriteString("avatar_description"u8, "");
        json.WriteString("header"u8, options.Root + "/assets/header.png");
        json.WriteString("header_static"u8, options.Root + "/assets/header.png");
        json.WriteString("header_description"u8, "");
        json.WriteNull("hide_collections"u8);
        json.WriteBoolean("noindex"u8, false);
        foreach (var none in (ReadOnlySpan<string>)["emojis", "roles", "fields"])
        {
            json.WriteStartArray(none);
            json.WriteEndArray();
        }
    }
}
