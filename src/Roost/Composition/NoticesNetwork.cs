using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Roost.Rpc.Clients;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services;
using Roost.Services.Community;
using Roost.Services.Graph;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;

namespace Roost.Composition;

/// <summary>Whom notifications ask, and how far what this process knows of them is.</summary>
internal sealed class NoticesNetwork : IAsyncDisposable
{
    private readonly RemoteClient _client;
    private readonly PostsApi _posts;
    private readonly GraphHere _graph;
    private readonly ReadIndex _index;
    private long _end;

    private NoticesNetwork(
        RoleElsewhere posts, UsersHere users, GraphHere graph, ServiceStack stack, NodeTools tools)
    {
        _graph = graph.Behind(stack);
        _client = posts.Connect(PostsServer.Name);
        var feeds = posts.Connect($"{PostsServer.Name}.feeds");
        Cues = NotificationsRemote.ConnectNoticeCues(feeds);
        _posts = PostsRemote.ConnectPosts(
            _client, static (_, _) => throw new NotSupportedException("Nobody shows posts here."),
            FollowFrom(PostsRemote.ConnectPostFeed(feeds).Follow(tools.Time)));
        (Users, Moderation, _) = users.Behind(stack);
        var newest = TimelinesRole.NewestOf(posts);
        _index = new ReadIndex(
            async call =>
            {
                var (last, lastTie, _) = await newest(new AskReadIndex("", 0), call);
                Volatile.Write(ref _end, last);
                await _graph.ReachAsync(lastTie, call.Cancellation);
            },
            tools.Time, tools.Loggers.CreateLogger<ReadIndex>());
    }

    public UsersApi Users { get; }

    public ModerationApi Moderation { get; }

    public GraphApi Graph => _graph.Graph;

    public TimelinesApi Timelines => TimelinesRemote.ConnectTimelines(_client);

    public NoticeCuesApi Cues { get; }

    /// <summary>Waits until those that are needed at the start answer: in which order processes start does not
    /// matter.</summary>
    public static async Task<NoticesNetwork> ConnectAsync(
        NotificationsRoleOptions options, Ways ways, NodeTools tools, ServiceStack stack, CancellationToken ct)
    {
        var posts = ways.To(PostsServer.Name, options.Posts);
        var users = await UsersHere.ConnectAsync(
            ways.To(Role.Users.Name, options.Users, posts), tools, ct);
        var graph = ways.Opened(await GraphHere.FollowAsync(
            ways.To(Role.Graph.Name, options.Graph, posts), tools, ct));
        var network = ways.Opened(new NoticesNetwork(posts, users, graph, stack, tools));
        await network._posts.Locate.AskUntilAnsweredAsync(LocatePost.End, tools.Time, ct);
        return network;
    }

    /// <param name="pollAdded">As it is told here.</param>
    public NotificationsPeers Peers(AwaitPoll pollAdded) => new(
        Users, Graph, _posts, PostsRemote.ConnectMarks(_client), PostsRemote.ConnectQuotes(_client))
    {
        Polls = PostsRemote.ConnectPolls(_client, pollAdded),
        Staff = new StaffPeers(
            Moderation,
            CommunityRemote.ConnectCommunity(
                _client, new EmojiBook(EmojiSet.Empty),
                static _ => throw new NotSupportedException("Nobody follows announcements here."))),
        PostsEnd = () => Volatile.Read(ref _end),
    };

    /// <summary>What is shown is as blocks and mutes are now.</summary>
    public NotificationsApi ReadBehindIndex(NotificationsApi api) => api with
    {
        List = _index.Before(api.List),
        Get = _index.Before(api.Get),
        Unread = _index.Before(api.Unread),
        Groups = _index.Before(api.Groups),
        Group = _index.Before(api.Group),
        GroupSenders = _index.Before(api.GroupSenders),
    };

    public ValueTask DisposeAsync() => _index.DisposeAsync();

    /// <summary>What happened, not before the graph here is as it was then.</summary>
    private FollowPosts FollowFrom(FollowPosts feed)
    {
        return FollowAsync;

        async IAsyncEnumerable<ReadOnlyMemory<PostEvent>> FollowAsync(
            uint after, [EnumeratorCancellation] CancellationToken ct)
        {
            await foreach (var batch in feed(after, ct).WithCancellation(ct))
            {
                await _index.ReachAsync(ct);
                yield return batch;
            }
        }
    }
}
