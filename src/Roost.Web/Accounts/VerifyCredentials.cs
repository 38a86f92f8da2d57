using System.Text.Json;
using Roost.Services.Graph;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Moderation;
using Roost.Web.Rendering;

namespace Roost.Web.Accounts;

/// <summary>What only the account itself is told.</summary>
internal sealed record AccountSource(
    string Privacy, bool Sensitive, string? Language, string Note, IReadOnlyList<FieldReply> Fields,
    int FollowRequestsCount, bool HideCollections, bool? Discoverable, bool Indexable,
    IReadOnlyList<string> AttributionDomains, string QuotePolicy);

/// <summary>
/// <c>GET /api/v1/accounts/verify_credentials</c>: the account that the token acts for. The first call of every
/// client.
/// </summary>
internal static class VerifyCredentials
{
    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/accounts/verify_credentials", Access.User("read:accounts", "profile"), ReplyAsync);

    /// <summary>Answers with the viewer's account, and what only the viewer is told of it.</summary>
    public static async Task ReplyAsync(ApiCall call)
    {
        var views = await call.Services.Timelines.Accounts(new HydrateAccounts([call.Viewer]), call.Rpc);
        var view = views[0] ?? throw Faults.NotFound();
        var requests = await call.Services.Relations.CountRequests(new CountRequests(call.Viewer), call.Rpc);
        var (profile, posting) = (view.Account.Profile, view.Account.Profile.Posting);
        var source = new AccountSource(
            posting.Privacy, posting.Sensitive, posting.Language, view.Account.Note, FieldReply.Of(profile), requests,
            profile.HidesCollections, profile.Discoverable, profile.Indexable, profile.AttributionDomains,
            posting.QuotePolicy);

        using var buffer = new Utf8Buffer();
        call.Site.Accounts.WriteOpen(buffer, view);
        buffer.Write(",\"source\":"u8);
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
            JsonSerializer.Serialize(json, source, WebJson.Default.AccountSource);
        buffer.Write(",\"role\":"u8);
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
            JsonSerializer.Serialize(json, Role.Of(view.Account.Role), WebJson.Default.Role);
        buffer.Write("}"u8);
        await call.ReplyAsync(buffer);
    }
}
