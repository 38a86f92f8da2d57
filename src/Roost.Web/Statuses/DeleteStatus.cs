using System.Text.Json;
using Roost.Services.Posts;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Statuses;

/// <summary>
/// <c>DELETE /api/v1/statuses/:id</c>: answers with what the post was, and its plain <c>text</c>, so that clients can
/// offer to write it anew. Its pictures can be posted again for a day, unless <c>delete_media</c> is true.
/// </summary>
internal static class DeleteStatus
{
    public static void Map(ApiRoutes routes) =>
        routes.Delete("/api/v1/statuses/{id}", Access.User("write:statuses"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var id = call.PostIdInPath();
        // Before it is gone: afterwards nobody could see it.
        var entry = await StatusReply.FindAsync(call, StatusReply.RefOf(id)) ?? throw Faults.NotFound();
        var withMedia = call.Query.Flag("delete_media") is true;
        var deleted = await call.Services.Posts.Delete(new DeletePost(call.Viewer, id, withMedia), call.Rpc)
            ?? throw Faults.NotFound();

        using var buffer = new Utf8Buffer();
        call.Site.Statuses.WriteOpen(buffer, entry, call.Viewer);
        buffer.Write(",\"text\":"u8);
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions)) json.WriteStringValue(deleted.Text);
        buffer.Write("}"u8);
        await call.ReplyAsync(buffer);
    }
}
