using System.CommandLine;
using Roost.Composition;

namespace Roost.Cli.Serve;

/// <summary>Whom those ask that follow the posts.</summary>
internal sealed class PeerOptions
{
    private readonly Option<string[]> _posts = PlaceOptions.PostsOption();
    private readonly Option<string[]> _users = PlaceOptions.UsersOption();
    private readonly Option<string[]> _graph = NodeArguments.PlaceOption("graph", "Graph");

    public PeerOptions() => _graph.Description = "Where the Graph service runs that 'roost serve graph' started, to "
        + "follow it directly rather than by way of posts: its URL, or the word store when it is found through "
        + "--store.";

    public IReadOnlyList<Option> All => [_posts, _users, _graph];

    /// <summary>Of those that have no replica of the graph from elsewhere than posts.</summary>
    public IReadOnlyList<Option> WithoutGraph => [_posts, _users];

    public Elsewhere PostsOf(ParseResult parsed, string[] store, ServePlace place) =>
        place.Find(PostsServer.Name, () => PlaceOptions.PostsOf(parsed.GetValue(_posts) ?? [], store))!;

    public Elsewhere? UsersOf(ParseResult parsed, string[] store, ServePlace place) =>
        place.Find(Role.Users.Name, () => NodeArguments.UsersOf(parsed.GetValue(_users) ?? [], store));

    public Elsewhere? GraphOf(ParseResult parsed, string[] store, ServePlace place) =>
        place.Find(
            Role.Graph.Name, () => NodeArguments.ElsewhereOf("graph", parsed.GetValue(_graph) ?? [], store));
}
