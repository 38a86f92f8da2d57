using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Posts;

namespace Roost.Services.Timelines;

/// <summary>What timelines of their own ask before they make a page (<see cref="ReadIndex"/>), in one call.</summary>
public sealed record ReadIndexApi(Service<AskReadIndex, ReadIndexReply> Ask)
{
    /// <summary>What a service answers for processes elsewhere.</summary>
    /// <param name="newestTie">Seq of the newest event of the graph that was answered by way of this service.</param>
    public static ReadIndexApi Of(PostsApi posts, FilterListsApi filters, Func<Call, ValueTask<long>> newestTie)
    {
        ArgumentNullException.ThrowIfNull(posts);
        ArgumentNullException.ThrowIfNull(filters);
        ArgumentNullException.ThrowIfNull(newestTie);
        return new ReadIndexApi(async (request, call) => new ReadIndexReply(
            await posts.Locate(LocatePost.End, call) - 1,
            await newestTie(call),
            await filters.Changes(new AwaitFilterNews(request.Run, request.After, TimeSpan.Zero), call)));
    }
}

/// <param name="Run">As the filters' news were told last; empty for from now on.</param>
/// <param name="After">Likewise.</param>
public sealed record AskReadIndex(string Run, long After);

/// <param name="Last">Seq of the newest record of the post log that is committed.</param>
/// <param name="LastTie">Seq of the newest event of the graph.</param>
/// <param name="Filters">Whose filters changed.</param>
public sealed record ReadIndexReply(uint Last, long LastTie, FilterNews Filters);
