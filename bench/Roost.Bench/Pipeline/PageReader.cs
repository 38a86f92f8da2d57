using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Web;
using Roost.Web.Rendering;

namespace Roost.Bench.Pipeline;

/// <summary>Home pages as the bytes that the client API sends, made as it makes them: outlines, and bytes that are kept
/// of posts and accounts. Thread-safe.</summary>
internal sealed class PageReader
{
    private readonly TimelinesApi _timelines;
    private readonly OutlinedPageRenderer _pages;

    /// <param name="keptBytes">What rendered posts and accounts may take.</param>
    public PageReader(PipelineNode node, long keptBytes)
    {
        _timelines = node.Timelines;
        var options = new WebOptions { PublicUrl = new Uri("https://roost.example") };
        // As a site parts it.
        var accounts = new AccountRenderer(options, keptBytes / 4);
        var statuses = new StatusRenderer(options, accounts, keptBytes / 4 * 3);
        _pages = new OutlinedPageRenderer(node.Timelines, node.Posts, node.Users, statuses);
    }

    /// <summary>Writes the newest page in place of what the buffer has; the reply is how many posts that are.</summary>
    public async ValueTask<int> WriteAsync(Utf8Buffer to, AccountId reader)
    {
        to.Truncate(0);
        var page = await _timelines.HomeOutline(new HomeTimeline(reader, new PageRange()), Call.Unbounded);
        await _pages.WriteAsync(to, page, reader, Call.Unbounded);
        var posts = 0;
        for (var row = 0; row < page.Posts.Length; row += PostOutline.RowsAt(page.Posts, row))
            posts++;
        return posts;
    }
}
