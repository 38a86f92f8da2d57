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
/// Writes accounts as the client API's Account entity. It is rendered once, counters included, and kept until one of
/// them or the account has changed. Thread-safe.
/// </summary>
internal sealed class AccountRenderer(WebOptions options, long cacheBytes)
{
    /// <summary>Layout of days and times in JSON: UTC, to the millisecond.</summary>
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private readonly FragmentArena<AccountVersion> _fragments = new(cacheBytes);

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
        return _fragments.TryCopy((uint)id, id, new AccountVersion(account.Stamp, follows, posts), to);
    }

    private void Render(Utf8Buffer to, AccountView view)
    {
        var start = to.Length;
        Render(to, view.Account);
        to.Write(",\"followers_count\":"u8);
        to.WriteNumber(view.Follows.Followers);
        to.Write(",\"following_count\":"u8);
        to.WriteNumber(view.Follows.Following);
        to.Write(",\"statuses_count\":"u8);
        to.WriteNumber(view.Posts.Posts);
        to.Write(",\"last_status_at\":"u8);
        if (view.Posts.LastOn is { } last) to.WriteDate(last);
        else to.Write("null"u8);
        if (view.Account.Stamp == 0) return;
        var id = view.Account.Id.Value;
        var version = new AccountVersion(view.Account.Stamp, view.Follows, view.Posts);
        _fragments.Add((uint)id, id, version, to.Written[start..]);
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

    /// <summary>All that an account's fragment is made of.</summary>
    private readonly record struct AccountVersion(long Stamp, FollowCounts Follows, int Posts, int LastDay)
    {
        public AccountVersion(long stamp, in FollowCounts follows, in AuthorCounts posts)
            : this(stamp, follows, posts.Posts, posts.LastOn?.DayNumber ?? -1)
        {
        }
    }
}
