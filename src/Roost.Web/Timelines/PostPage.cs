using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Timelines;

/// <summary>Answers with a page of posts and the links to the pages around it.</summary>
internal static class PostPage
{
    // A post with its author's account is 1.5 to 2.5 KB: one pooled array is enough for most pages.
    private const int UsualBytes = 60_000;

    public static async Task ReplyAsync(ApiCall call, TimelinePage page)
    {
        Paging.AddLinks(call, page);
        using var buffer = new Utf8Buffer(page.Entries.Count > 1 ? UsualBytes : 4_096);
        call.Site.Statuses.WritePage(buffer, page.Entries, call.Viewer);
        await call.ReplyAsync(buffer);
    }
}
