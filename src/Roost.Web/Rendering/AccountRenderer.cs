using System.Globalization;
using System.Text.Json;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Rendering;

/// <summary>
/// Writes accounts as the client API's Account entity. What an account says of itself is rendered once and kept; its
/// counters,
/// which change with every post and follow, are written each time. Thread-safe.
/// </summary>
internal sealed class AccountRenderer(WebOptions options, long cacheBytes)
{
    /// <summary>Layout of days and times in JSON: UTC, to the millisecond.</summary>
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private readonly FragmentCache<Account> _fragments =
        new(cacheBytes, static (a, b) => ReferenceEquals(a, b) || a == b);

    public static string UrlOf(Account account, WebOptions options) => $"{options.Root}/@{account.Username}";

    /// <inheritdoc cref="FragmentCache{TSource}.Prefetch"/>
    public void Prefetch(AccountView view) => _fragments.Prefetch(view.Account.Id.Value);

    /// <summary>Hot: every post of every page has one. Allocates nothing once the account is known.</summary>
    public void Write(Utf8Buffer to, AccountView view)
    {
        WriteOpen(to, view);
        to.Write("}"u8);
    }

    /// <summary>The entity without its closing brace, so that more members can follow.</summary>
    public void WriteOpen(Utf8Buffer to, AccountView view)
    {
        var account = view.Account;
        var fragment = _fragments.Find(account.Id.Value, account);
        if (fragment is null)
        {
            fragment = Render(account);
            _fragments.Add(account.Id.Value, account, fragment, SourceBytes(account));
        }
        to.Insert(fragment);
        to.Write(",\"followers_count\":"u8);
        to.WriteNumber(view.Follows.Followers);
        to.Write(",\"following_count\":"u8);
        to.WriteNumber(view.Follows.Following);
        to.Write(",\"statuses_count\":"u8);
        to.WriteNumber(view.Posts.Posts);
        to.Write(",\"last_status_at\":"u8);
        if (view.Posts.LastOn is { } last) to.WriteDate(last);
        else to.Write("null"u8);
    }

    private static int SourceBytes(Account account) =>
        2 * (account.Username.Length + account.DisplayName.Length + account.Note.Length) + 160;

    private byte[] Render(Account account)
    {
        using var buffer = new Utf8Buffer(1_024);
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
        {
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
        return buffer.ToArray();
    }
}
