using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Roost.Rpc;
using Roost.Web.Http;

namespace Roost.Web.Bulk;

/// <summary>
/// <c>POST /api/roost/v1/posts</c>: many posts and boosts in one request, by any authors whose tokens the caller has.
/// Read, stored and answered as they come, a group at a time; see <see cref="BulkFormat"/>.
/// </summary>
/// <remarks>
/// There is no scope that lets one act for everybody: whoever had such a token had all accounts. The request's own
/// token says that the caller may send a large body; each item is by whom its author's token acts for.
/// </remarks>
internal static class CreatePostsInBulk
{
    public static void Map(ApiRoutes routes) =>
        routes.Post(BulkFormat.Path, Access.App("write:statuses"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var (http, ct) = (call.Http, call.Http.RequestAborted);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = BulkFormat.RequestBytesMax;
        var reader = new BulkReader(http.Request.BodyReader);
        await reader.ReadMagicAsync(ct);
        var batch = new BulkBatch(call.Site, http);
        try
        {
            var bytes = 0;
            while (await reader.ReadAsync(ct))
            {
                bytes += reader.Payload.Length;
                await TakeAsync(batch, reader, CallOf(call));
                if (reader.Kind != BulkFrameKind.Commit && batch.Count < BulkFormat.CommitItems
                    && bytes < BulkFormat.CommitBytes)
                {
                    continue;
                }
                bytes = 0;
                await CommitAsync(call, batch);
            }
        }
        catch (ServiceException unreadable) when (http.Response.HasStarted)
        {
            BulkAnswer.Unreadable(http.Response.BodyWriter, unreadable.Message);
            await http.Response.BodyWriter.FlushAsync(ct);
            return;
        }
        await CommitAsync(call, batch);
        Begin(http);
        await http.Response.BodyWriter.FlushAsync(ct);
    }

    private static async ValueTask TakeAsync(BulkBatch batch, BulkReader reader, Call call)
    {
        switch (reader.Kind)
        {
            case BulkFrameKind.Author:
                batch.AddAuthor(Encoding.UTF8.GetString(reader.Payload.Span));
                break;
            case BulkFrameKind.Post:
                await batch.FindAuthorsAsync(call);
                batch.AddPost(reader.Payload.Span);
                break;
            case BulkFrameKind.Boost:
                await batch.FindAuthorsAsync(call);
                batch.AddBoost(reader.Payload.Span);
                break;
        }
    }

    private static async ValueTask CommitAsync(ApiCall call, BulkBatch batch)
    {
        if (batch.Count == 0) return;
        Begin(call.Http);
        await batch.CommitAsync(call.Http.Response.BodyWriter, CallOf(call));
        await call.Http.Response.BodyWriter.FlushAsync(call.Http.RequestAborted);
    }

    /// <summary>Each group has the time of a request.</summary>
    private static Call CallOf(ApiCall call) => new(
        Deadline.After(call.Site.Options.RequestTimeout, call.Site.Time), call.Http.RequestAborted);

    private static void Begin(HttpContext http)
    {
        if (http.Response.ContentType is not null) return;
        http.Response.ContentType = BulkFormat.ContentType;
        BulkFormat.AnswerMagic.CopyTo(http.Response.BodyWriter.GetSpan(BulkFormat.AnswerMagic.Length));
        http.Response.BodyWriter.Advance(BulkFormat.AnswerMagic.Length);
    }
}
