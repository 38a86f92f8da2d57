using Roost.Services.Posts;
using Roost.Web.Http;

namespace Roost.Web.Statuses;

/// <summary>
/// <c>PUT /api/v1/statuses/:id</c>: replaces what one's own post says and shows: text, content warning, pictures or
/// poll that are not sent are not there any more. Its language and who may quote it stay as they were if they are not
/// sent; so does, always, what it quotes.
/// </summary>
internal static class EditStatus
{
    public static void Map(ApiRoutes routes) =>
        routes.Put("/api/v1/statuses/{id}", Access.User("write:statuses"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var id = call.PostIdInPath();
        var parameters = await call.ReadParametersAsync();
        var entry = await StatusReply.FindAsync(call, StatusReply.RefOf(id));
        if (entry is null || entry.Post.Author != call.Viewer || entry.Post.IsBoost) throw Faults.NotFound();

        var old = entry.Post;
        var text = Compose.TextOf(parameters, "status");
        var spoiler = Compose.TextOf(parameters, "spoiler_text");
        var mediaIds = ComposeMedia.IdsOf(parameters) ?? [];
        var poll = ComposePoll.Of(parameters, call.Site.Time.GetUtcNow());
        var policy = KeepQuotes.PolicyIn(parameters);
        Compose.Check(
            text, spoiler, call.Site.Options, mediaIds.Count > 0 || entry.Stats.Quoting?.Quote is not null);
        var request = new EditPost(
            call.Viewer, id, text, spoiler,
            (parameters.Flag("sensitive") ?? entry.Author.Account.IsSensitized) || spoiler.Length > 0,
            Compose.LanguageOf(parameters.Text("language")) ?? old.Language,
            await Compose.MentionsAsync(call.Site, text, call.Rpc))
        {
            MediaIds = mediaIds,
            Poll = poll,
            EndsPoll = poll is null,
            Descriptions = ComposeMedia.DescriptionsOf(parameters),
        };
        var edited = await call.Services.Posts.Edit(request, call.Rpc) ?? throw Faults.NotFound();
        if (policy is { } chosen)
            await call.Services.Quotes.SetPolicy(new SetQuotePolicy(call.Viewer, id, chosen), call.Rpc);
        await StatusReply.WriteAsync(call, edited.Ref);
    }
}
