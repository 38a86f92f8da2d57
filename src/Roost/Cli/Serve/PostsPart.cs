using System.CommandLine;
using Microsoft.Extensions.Logging;
using Roost.Cli.Control;
using Roost.Composition;

namespace Roost.Cli.Serve;

/// <summary><c>roost serve posts</c>: all but the client port, which processes of its own have.</summary>
internal sealed class PostsPart() : ServePart(
    PostsServer.Name, UsualPort,
    "Run posts and what is made of them (timelines, notifications, search, filters, conversations and the "
    + "like), which web processes call.\n\n"
    + $"Example: roost serve posts --data posts --listen http://127.0.0.1:{UsualPort}, and then\n"
    + $"roost serve web --posts http://127.0.0.1:{UsualPort}")
{
    private const int UsualPort = 4005;

    private readonly NodeArguments _node = new("Users is found there, and web processes find this one as posts.");
    private readonly WebArguments _web = new();
    private readonly Option<string> _listen = PlaceOptions.ListenOption($"http://127.0.0.1:{UsualPort}");
    private readonly Option<string> _zone = PlaceOptions.ZoneOption();
    private readonly Option<string?> _admin = PlaceOptions.AdminOption();

    public override IReadOnlyList<Option> Options =>
        [.. _node.OfData, _listen, .. _web.OfName, .. _node.All, .. _node.OfApart, _zone, _admin];

    public override AdminOptions With(AdminOptions admin) => admin.WithLive();

    public override ServeStart Read(ParseResult parsed, ServePlace place)
    {
        var community = _web.CommunityOf(parsed, place.DataOf(Name, _node.DataOf(parsed)));
        var store = _node.StoreOf(parsed);
        var options = new PostsServerOptions(
            _node.Read(parsed, community, place), place.ListenOf(parsed, _listen, UsualPort),
            _web.Read(parsed, community), store)
        {
            Zone = parsed.GetValue(_zone) ?? "",
            Here = place.Here,
        };
        var standBy = _node.StandsBy(parsed)
            ? new StandBy(PostsServer.Name, store) { Rehearse = Rehearsal.RunApartAsync }
            : null;
        // In one process others may be asked first.
        return new ServeStart(standBy is not null || !place.IsAlone, async (admin, ct) =>
        {
            try
            {
                var server = await PostsServer.StartAsync(
                    options with { Node = options.Node with { StandBy = standBy } }, admin, ct);
                return new ServedPart(
                    $"{PostsServer.Name} is ready at {server.Url}.", new Served(server, standBy), server.Stopping,
                    server.Node.Lost);
            }
            catch
            {
                if (standBy is not null) await standBy.DisposeAsync();
                throw;
            }
        });
    }

    /// <summary>With what commands reach it by.</summary>
    private sealed class Served(PostsServer server, StandBy? standBy) : IAsyncDisposable
    {
        private readonly ControlServer? _control = ControlServer.Start(
            server.Node, server.Tools.Loggers.CreateLogger<ControlServer>());

        public async ValueTask DisposeAsync()
        {
            if (_control is not null) await _control.DisposeAsync();
            await server.DisposeAsync();
            if (standBy is not null) await standBy.DisposeAsync();
        }
    }
}
