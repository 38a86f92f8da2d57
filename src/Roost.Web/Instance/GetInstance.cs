using System.Text.Json;
using Roost.Services.Graph;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Services.Users;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Notifications;
using Roost.Web.Rendering;
using Roost.Web.Statuses;

namespace Roost.Web.Instance;

/// <summary>
/// <c>GET /api/v2/instance</c> and its forerunner v1: what clients ask before anything else, and by whose answer they
/// decide
/// what to offer.
/// </summary>
internal static class GetInstance
{
    /// <summary>Clients compare it as a version of the client API, and offer what that version has.</summary>
    private const string ClientApiVersion = "4.5.0";

    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v2/instance", Access.Anyone, V2Async);
        routes.Get("/api/v1/instance", Access.Anyone, V1Async);
    }

    /// <summary>
    /// Posts ever written, roughly: the newest post's place in the log, which counts boosts and deletions too.
    /// </summary>
    public static async ValueTask<long> PostsAsync(ApiCall call)
    {
        var newest =
            await call.Services.Posts.Newest(new NewestPosts(null, default, default, default, false, 1), call.Rpc);
        return newest is [var post, ..] ? post.Seq : 0;
    }

    /// <summary>Of the client API, and of Roost.</summary>
    internal static string VersionOf(WebOptions options) => $"{ClientApiVersion} (compatible; Roost {options.Version})";

    private static async Task V2Async(ApiCall call)
    {
        var options = call.Site.Options;
        var active = await call.Site.ActiveMonth.GetAsync(call.Services.Figures, call.Rpc);
        var reply = new InstanceV2(
            options.Domain, options.Title, VersionOf(options), options.Root + "/about", options.Description,
            new InstanceUsage(new InstanceUsers(active)),
            new InstanceThumbnail(ThumbnailOf(options)), [], options.Community.Languages,
            await ConfigurationOfAsync(call),
            new InstanceRegistrations(
                options.Registrations != Registrations.Closed, options.Registrations == Registrations.Approval,
                options.RegistrationsMessage.Length > 0 ? options.RegistrationsMessage : null, null, null),
            new Dictionary<string, int> { ["mastodon"] = 7 },
            new InstanceContact(options.ContactEmail, await ContactAsync(call)), RuleReply.All(options));
        await call.ReplyAsync(reply, WebJson.Default.InstanceV2);
    }

    private static async Task V1Async(ApiCall call)
    {
        var options = call.Site.Options;
        var users = await call.Services.Users.Count(new CountAccounts(), call.Rpc);
        var reply = new InstanceV1(
            options.Domain, options.Title, options.Description, options.Description, options.ContactEmail,
            VersionOf(options),
            new InstanceUrlsV1(StreamingOf(options)), new InstanceStats(users, await PostsAsync(call), 0),
            ThumbnailOf(options), options.Community.Languages, options.Registrations != Registrations.Closed,
            options.Registrations == Registrations.Approval, false,
            options.PostCharactersMax,
            await ConfigurationOfAsync(call), await ContactAsync(call), RuleReply.All(options));
        await call.ReplyAsync(reply, WebJson.Default.InstanceV1);
    }

    private static string ThumbnailOf(WebOptions options) =>
        options.Community.Thumbnail.Length > 0 ? options.Community.Thumbnail : options.Root + "/assets/header.png";

    private static async ValueTask<JsonElement?> ContactAsync(ApiCall call)
    {
        if (call.Site.Options.Community.ContactAccount is not { Length: > 0 } name) return null;
        var found = await call.Services.Users.Find(new FindAccounts([name]), call.Rpc);
        return await AccountElement.OfAsync(call, found[0]);
    }

    /// <summary>Where <c>/api/v1/streaming</c> is.</summary>
    private static string StreamingOf(WebOptions options) =>
        (options.PublicUrl.Scheme == Uri.UriSchemeHttps ? "wss://" : "ws://") + options.Domain;

    private static async ValueTask<InstanceConfiguration> ConfigurationOfAsync(ApiCall call) =>
        ConfigurationOf(
            call.Site.Options, call.Services.Media.Limits,
            await KeepPushSubscription.ServerKeyAsync(call.Services.WebPush, call.Rpc),
            call.Services.Translation.IsOn);

    private static InstanceConfiguration ConfigurationOf(
        WebOptions options, MediaLimits media, string serverKey, bool isTranslated) => new(
        new InstanceUrls(
            StreamingOf(options), options.Root + "/about", options.Root + "/about",
            options.Community.PrivacyPolicy.Length > 0 ? options.Root + "/privacy-policy" : null,
            options.Community.TermsOfService.Count > 0 ? options.Root + "/terms-of-service" : null),
        new InstanceVapid(serverKey),
        new AccountLimits(
            FeatureTag.TagsMax, MarkPost.PinsMax, Profile.FieldsMax, Profile.FieldCharactersMax,
            Profile.FieldCharactersMax, Profile.DisplayNameCharactersMax, Profile.NoteCharactersMax),
        new StatusLimits(options.PostCharactersMax, MediaLimits.PerPost, PostText.LinkCharacters),
        new AttachmentLimits(
            MediaLimits.Types, media.DescriptionLengthMax, media.ImageBytesMax, media.ImagePixelsMax, 0, 0, 0),
        new PollLimits(
            Poll.OptionsMax, ComposePoll.OptionCharactersMax, (int)Poll.LastsMin.TotalSeconds,
            (int)Poll.LastsMax.TotalSeconds),
        new InstanceTranslation(isTranslated));
}
