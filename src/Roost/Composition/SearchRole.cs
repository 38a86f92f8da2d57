using System.Globalization;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Services.Storage;

namespace Roost.Composition;

/// <summary>
/// One shard of the search index in a process of its own: <c>roost serve search</c>. It follows the posts' table, which
/// web writes, with a log and an index of its own, and asks nobody else. As many may be started of a shard as are
/// wanted: each is a replica, and callers take the better one.
/// </summary>
internal static class SearchRole
{
    /// <summary>As it is started, and, as a whole, announced and called.</summary>
    public const string Name = "search";

    /// <param name="memory">For the index, in bytes.</param>
    public static Role Of(ShardPlace place, long memory) => new(
        NameOf(place), Place: null,
        (data, tools, stack, remote, ct) => ServeAsync(place, memory, data, tools, stack, remote, ct))
    {
        Follows = PostsService.Folder,
        Waits = true,
    };

    /// <summary>As it is announced and called.</summary>
    public static string NameOf(ShardPlace place) => place == ShardPlace.Whole
        ? Name
        : string.Create(CultureInfo.InvariantCulture, $"{Name}-{place.Number}-of-{place.Count}");

    /// <summary>Not before all is in the index that was there: a caller would take what is missing for what is not
    /// there.</summary>
    private static async Task<ServedRole> ServeAsync(
        ShardPlace place, long memory, DataDirectory data, NodeTools tools, ServiceStack stack,
        RemoteServices remote, CancellationToken ct)
    {
        var posts = PostsHere.Follow(
            data, (_, _) => throw new NotSupportedException("Nobody reads posts here."), tools);
        var shard = new ShardService(
            SearchReading.Begin(data),
            // Nothing else waits for this processor.
            SearchOptions.WithMemory(memory) with { Place = place, PastShare = 1 }, posts.Api, tools.Time,
            tools.Loggers, new SearchMetrics(tools.Meters));
        var owner = new ServedSearch(posts, shard);
        try
        {
            await shard.StartAsync(ct);
            await shard.CatchUpAsync(ct);
        }
        catch
        {
            await owner.DisposeAsync();
            throw;
        }
        SearchRemote.Serve(remote, shard.Api.With(stack));
        return new ServedRole(owner, () => Task.CompletedTask);
    }

    private sealed class ServedSearch(PostsService posts, ShardService shard) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await shard.DisposeAsync();
            await posts.DisposeAsync();
        }
    }
}
