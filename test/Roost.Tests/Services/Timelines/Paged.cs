using Roost.Engine.Ids;
using Roost.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Timelines;

/// <summary>Reads the whole of a timeline, page by page, and holds each page to being full.</summary>
internal static class Paged
{
    /// <summary>From the newest down.</summary>
    public static async Task<List<PostId>> DownAsync(Func<PageRange, Task<TimelinePage>> read, int limit)
    {
        var ids = new List<PostId>();
        for (var before = default(PostId); ; before = ids[^1])
        {
            var page = await read(new PageRange(Before: before, Limit: limit));
            ids.AddRange(page.Entries.Select(entry => entry.Post.Id));
            Assert.True(page.Entries.Count == limit || !page.HasOlder, "A page that is not the last is not full.");
            if (!page.HasOlder || page.Entries.Count == 0)
                return ids;
        }
    }

    /// <summary>From the oldest up; newest first.</summary>
    public static async Task<List<PostId>> UpAsync(Func<PageRange, Task<TimelinePage>> read, int limit)
    {
        var ids = new List<PostId>();
        for (var after = new PostId(1); ; after = ids[0])
        {
            var page = await read(new PageRange(After: after, Oldest: true, Limit: limit));
            if (page.Entries.Count == 0)
                return ids;
            ids.InsertRange(0, page.Entries.Select(entry => entry.Post.Id));
        }
    }
}
