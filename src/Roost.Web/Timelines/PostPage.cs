using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Timelines;

/// <summary>Answers with a page of posts and the links to the pages around it.</summary>
internal static class PostPage
{
    public static async Task ReplyAsync(ApiCall call, TimelinePage page)
    {
        Paging.AddLinks(call, page);
        await WriteAsync(call, page.Entries);
    }

    /// <summary>A page in an order of its own, which no page follows by id.</summary>
    public static async Task WriteAsync(ApiCall call, IReadOnlyList<TimelineEntry> entries)
    {
        using var buffer = new Utf8Buffer(entries.Count > 1 ? Utf8Buffer.PageBytes : 4_096);
        call.Site.Statuses.WritePage(buffer, entries, call.Viewer);
        await call.ReplyAsync(buffer);
    }

    public static async Task ReplyAsync(ApiCall call, OutlinedPage page)
    {
        Paging.AddLinks(call, page);
        using var buffer = new Utf8Buffer(Utf8Buffer.PageBytes);
        await call.Site.OutlinedPages.WriteAsync(buffer, page, call.Viewer, call.Rpc);
        await call.ReplyAsync(buffer);
    }
}
