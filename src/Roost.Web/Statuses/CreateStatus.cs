using Roost.Services.Posts;
using Roost.Web.Http;

namespace Roost.Web.Statuses;

/// <summary>
/// <c>POST /api/v1/statuses</c>. Answered when the post is durable; the same Idempotency-Key answers the same post.
/// </summary>
internal static class CreateStatus
{
    private const int IdempotencyKeyLengthMax = 255;

    public static void Map(ApiRoutes routes) =>
        routes.Post("/api/v1/statuses", Access.User("write:statuses"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var text = Compose.TextOf(parameters, "status");
        var spoiler = Compose.TextOf(parameters, "spoiler_text");
        var mediaIds = ComposeMedia.IdsOf(parameters) ?? [];
        var quoted = KeepQuotes.QuotedIn(parameters);
        Compose.Check(text, spoiler, call.Site.Options, mediaIds.Count > 0 || !quoted.IsNone);

        var usual = await Compose.DefaultsAsync(call);
        var request = new CreatePost(
            call.Viewer, text, spoiler,
            // A warning without anything hidden behind it would warn of nothing.
            Sensitive: (parameters.Flag("sensitive") ?? usual.Sensitive) || spoiler.Length > 0,
            Compose.VisibilityOf(Compose.Given(parameters, "visibility") ?? usual.Privacy),
            Compose.LanguageOf(Compose.Given(parameters, "language") ?? usual.Language),
            parameters.Post("in_reply_to_id"),
            await Compose.MentionsAsync(call.Site, text, call.Rpc),
            call.Token!.AppName,
            IdempotencyKeyOf(call))
        {
            MediaIds = mediaIds,
            Poll = ComposePoll.Of(parameters, call.Site.Time.GetUtcNow()),
            Quoted = quoted,
            QuotePolicy = KeepQuotes.PolicyIn(parameters) ?? KeepQuotes.PolicyOf(usual),
        };
        if (KeepScheduled.TimeOf(parameters) is { } at)
        {
            await KeepScheduled.ScheduleAsync(call, request, at);
            return;
        }
        var post = await call.Services.Posts.Create(request, call.Rpc);
        await StatusReply.WriteAsync(call, post.Ref);
    }

    private static string? IdempotencyKeyOf(ApiCall call)
    {
        var key = call.Http.Request.Headers["Idempotency-Key"].ToString();
        if (key.Length > IdempotencyKeyLengthMax)
            throw Faults.Invalid(
                $"Idempotency-Key has {key.Length} characters; the most is {IdempotencyKeyLengthMax}.");
        return key.Length == 0 ? null : key;
    }
}
