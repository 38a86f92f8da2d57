using Roost.Engine.Ids;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Statuses;

/// <summary>A post's text as its author typed it, for editing.</summary>
internal sealed record StatusSource(string Id, string Text, string SpoilerText);

/// <summary>
/// <c>GET /api/v1/statuses/:id</c>, <c>/source</c> (as it was typed), and <c>GET /api/v1/statuses?id[]=</c>.
/// </summary>
internal static class GetStatus
{
    private const int ManyMax = 40;

    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v1/statuses/{id}", Access.AnyoneBut("read:statuses"),
            call => StatusReply.WriteAsync(call, StatusReply.RefOf(call.PostIdInPath())));
        routes.Get("/api/v1/statuses", Access.AnyoneBut("read:statuses"), ManyAsync);
        routes.Get("/api/v1/statuses/{id}/source", Access.User("read:statuses"), SourceAsync);
    }

    private static async Task ManyAsync(ApiCall call)
    {
        var texts = call.Query.List("id");
        if (texts.Count > ManyMax) throw Faults.Invalid($"id[] has {texts.Count} ids; the most is {ManyMax}.");
        var refs = new List<PostRef>(texts.Count);
        foreach (var text in texts.Distinct())
        {
            if (PostId.TryParse(text, out var id)) refs.Add(StatusReply.RefOf(id));
        }
        var entries = await call.Services.Timelines.Hydrate(
            new HydratePosts(call.Viewer, refs, ByName: true), call.Rpc);
        using var buffer = new Utf8Buffer();
        call.Site.Statuses.WritePage(buffer, [.. entries.OfType<TimelineEntry>()], call.Viewer);
        await call.ReplyAsync(buffer);
    }

    private static async Task SourceAsync(ApiCall call)
    {
        var entry = await StatusReply.FindAsync(call, StatusReply.RefOf(call.PostIdInPath()))
            ?? throw Faults.NotFound();
        await call.ReplyAsync(
            new StatusSource(entry.Post.Id.ToString(), entry.Post.Text, entry.Post.SpoilerText),
            WebJson.Default.StatusSource);
    }
}
