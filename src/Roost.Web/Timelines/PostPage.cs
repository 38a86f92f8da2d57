using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Timelines;

/// <summary>Answers with a page of posts and the links to the pages around it.</summary>
internal static class PostPage
{
    // What is written between kept fragments: some 300 bytes a post. One pooled array is enough for most pages.
    private const int UsualBytes = 16_000;

    public static async Task ReplyAsync(ApiCall call, TimelinePage page)
    {
        Paging.AddLinks(call, page);
        await WriteAsync(call, page.Entries);
    }

    /// <summary>A page in an order of its own, which no page follows by id.</summary>
    public static async Task WriteAsync(ApiCall call, IReadOnlyList<TimelineEntry> entries)
    {
        using var buffer = new Utf8Buffer(entries.Count > 1 ? UsualBytes : 4_096);
        call.Site.Statuses.WritePage(buffer, entries, call.Viewer);
        await call.ReplyAsync(buffer);
    }
}
