using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Accounts;

/// <summary>A person's own profile as they wrote it.</summary>
internal sealed record ProfileReply(
    string Id, string DisplayName, string Note, IReadOnlyList<FieldReply> Fields, string? Avatar, string? AvatarStatic,
    string AvatarDescription, string? Header, string? HeaderStatic, string HeaderDescription, bool Locked, bool Bot,
    bool HideCollections, bool? Discoverable, bool Indexable, bool ShowMedia, bool ShowMediaReplies, bool ShowFeatured,
    IReadOnlyList<string> AttributionDomains)
{
    public static ProfileReply Of(Account account, WebOptions options)
    {
        var profile = account.Profile;
        var (avatar, header) = (UrlOf(profile.Avatar), UrlOf(profile.Header));
        return new ProfileReply(
            account.Id.ToString(), account.DisplayName, account.Note, FieldReply.Of(profile), avatar, avatar,
            profile.Avatar?.Description ?? "", header, header, profile.Header?.Description ?? "", account.Locked,
            account.Bot, profile.HidesCollections, profile.Discoverable, profile.Indexable, profile.ShowsMedia,
            profile.ShowsMediaReplies, profile.ShowsFeatured, profile.AttributionDomains);

        string? UrlOf(Picture? picture) => picture is null ? null : AccountRenderer.UrlOf(picture, options);
    }
}

/// <param name="VerifiedAt">Null: no link is looked at.</param>
internal sealed record FieldReply(string Name, string Value, string? VerifiedAt)
{
    /// <summary>As they were written, not as HTML.</summary>
    public static IReadOnlyList<FieldReply> Of(Profile profile) =>
        [.. profile.Fields.Select(field => new FieldReply(field.Name, field.Value, null))];
}

/// <summary>
/// <c>GET</c> and <c>PATCH /api/v1/profile</c>: one's own profile, without what others make of it; <c>DELETE</c> of
/// its <c>avatar</c> and <c>header</c>.
/// </summary>
internal static class OwnProfile
{
    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v1/profile", Access.User("read:accounts", "profile"), async call =>
            await ReplyAsync(call, await OwnAsync(call)));
        routes.Patch("/api/v1/profile", Access.User("write:accounts"), async call =>
            await ReplyAsync(call, await UpdateCredentials.ChangeAsync(call)));
        routes.Delete("/api/v1/profile/avatar", Access.User("write:accounts"), call => RemoveAsync(call, false));
        routes.Delete("/api/v1/profile/header", Access.User("write:accounts"), call => RemoveAsync(call, true));
    }

    private static async Task RemoveAsync(ApiCall call, bool header)
    {
        await ProfileForm.RemovePictureAsync(call.Site, await OwnAsync(call), header, call.Rpc);
        await VerifyCredentials.ReplyAsync(call);
    }

    private static async ValueTask<Account> OwnAsync(ApiCall call) =>
        (await call.Services.Users.Get(new GetAccounts([call.Viewer]), call.Rpc))[0] ?? throw Faults.NotFound();

    private static Task ReplyAsync(ApiCall call, Account account) =>
        call.ReplyAsync(ProfileReply.Of(account, call.Site.Options), WebJson.Default.ProfileReply);
}
