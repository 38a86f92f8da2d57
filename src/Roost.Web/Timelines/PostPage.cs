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
        using var buffer = new Utf8Buffer(page.Entries.Count > 1 ? UsualBytes : 4_096);
        call.Site.Statuses.WritePage(buffer, page.Entries, call.Viewer);
        await call.ReplyAsync(buffer);
    }
}
