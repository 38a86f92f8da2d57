using Roost.Engine.Fragments;
using Roost.Engine.Ids;
using Roost.Services.Community;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Media;

namespace Roost.Web.Rendering;

/// <summary>
/// Writes accounts as the client API's Account entity. What an account says of itself is rendered once and kept until
/// that has changed; its counters, which change with every post and follow, are written after it. Thread-safe.
/// </summary>
internal sealed class AccountRenderer(WebOptions options, long cacheBytes, EmojiBook? emojis = null)
{
    private readonly ProfileRenderer _profiles = new(options);
    private readonly EmojiFragments<long> _kept = new(cacheBytes, ProfileRenderer.CommonOf(options), emojis);

    public static string UrlOf(Account account, WebOptions options) => $"{options.Root}/@{account.Username}";

    /// <summary>Where a profile's picture is.</summary>
    public static string UrlOf(Picture picture, WebOptions options) => options.Root + PathOf(picture);

    /// <summary>The same on this server, for its own pages.</summary>
    public static string PathOf(Picture picture) =>
        $"{MediaUrls.Path}/{picture.FileKey}/original{picture.Extension}";

    /// <summary>Where an account's picture is.</summary>
    public static string AvatarOf(Account account, WebOptions options) =>
        account.Profile.Avatar is { } picture ? UrlOf(picture, options) : UsualUrl("avatar", options);

    /// <summary>Where the picture is that everybody has who has none.</summary>
    /// <param name="name"><c>avatar</c> or <c>header</c>.</param>
    public static string UsualUrl(string name, WebOptions options) => $"{options.Root}/assets/{name}.png";

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
        _profiles.Write(to, account, kept.Emojis);
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
}
