using Roost.Rpc;
using Roost.Rpc.Clients;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services;
using Roost.Services.Filters;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Services.Storage;
using Roost.Services.Timelines;

namespace Roost.Composition;

/// <summary>
/// The Timelines service in a process of its own: <c>roost serve timelines</c>. It has a replica of what pages are made
/// of, and inboxes of the accounts that come to it; as many as are wanted run beside each other, and callers ask for an
/// account's home timeline the one that has its inbox.
/// </summary>
internal static class TimelinesRole
{
    /// <summary>As it is started, announced and called.</summary>
    public const string Name = "timelines";

    /// <summary>Whoever does not say in a second how far it is counts as away.</summary>
    private static readonly ClientPolicy _index = new() { TimeoutMax = ReadIndex.Patience };

    public static Role Of(TimelinesRoleOptions options) => new(
        Name, Place: null,
        (data, tools, stack, remote, ct) => ServeAsync(options, data, tools, stack, remote, ct))
    {
        Follows = PostsService.Folder,
        Waits = true,
    };

    /// <summary>Asks who has the posts how far that is. Apart from other calls, for a page that waits for it must not
    /// wait long.</summary>
    public static Service<AskReadIndex, ReadIndexReply> NewestOf(RoleElsewhere posts) =>
        TimelinesRemote.ConnectReadIndex(posts.Connect($"{PostsServer.Name}.index", _index)).Ask;

    private static async Task<ServedRole> ServeAsync(
        TimelinesRoleOptions options, DataDirectory data, NodeTools tools, ServiceStack stack, RemoteServices remote,
        CancellationToken ct)
    {
        var ways = new Ways(tools);
        try
        {
            var replica = ways.Opened(await TimelinesReplica.OpenAsync(
                await SourcesOf(options, ways, tools, stack, ct), options.Timelines, data, tools, stack, ct));
            TimelinesRemote.Serve(remote, replica.Timelines);
            TimelinesRemote.Serve(remote, OutlinesElsewhere.Of(replica.Timelines).With(stack));
            remote.Add(PostsRemote.PostsRead, replica.Read);
            return new ServedRole(ways, () => Task.CompletedTask) { Called = () => ways.Called };
        }
        catch
        {
            await ways.DisposeAsync();
            throw;
        }
    }

    private static async Task<TimelinesSources> SourcesOf(
        TimelinesRoleOptions options, Ways ways, NodeTools tools, ServiceStack stack, CancellationToken ct)
    {
        var posts = ways.To(PostsServer.Name, options.Posts);
        var client = posts.Connect(PostsServer.Name);
        var users = await UsersHere.ConnectAsync(
            ways.To(Role.Users.Name, options.Users, posts), tools, ct);
        var graph = ways.Opened(await GraphHere.FollowAsync(
            ways.To(Role.Graph.Name, options.Graph, posts), tools, ct)).Behind(stack);
        var lists = FiltersRemote.ConnectFilterLists(client);
        var filters = new FiltersElsewhere(lists, tools.Time);
        return new TimelinesSources(
            users.Users, graph.Graph, graph.Lists, graph.ReachAsync,
            FiltersRemote.ConnectFilters(
                client, filters.OfAsync, filters.OfManyAsync, lists.Follow(filters, tools.Time)),
            filters,
            SearchRemote.ConnectSearch(
                client, SearchRemote.ConnectReadQueries(client).Query(), QueriesElsewhere.MatchAsync),
            NewestOf(posts));
    }
}

/// <summary>Whom timelines of their own ask.</summary>
/// <param name="Posts">Where <see cref="PostsServer"/> runs, whose table they follow.</param>
internal sealed record TimelinesRoleOptions(Elsewhere Posts)
{
    /// <summary>Where the Users service runs; null: it is asked by way of posts. So is <see cref="Graph"/>.</summary>
    public Elsewhere? Users { get; init; }

    public Elsewhere? Graph { get; init; }

    public TimelinesOptions Timelines { get; init; } = new();
}
