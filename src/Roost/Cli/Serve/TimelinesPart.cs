using System.CommandLine;
using Roost.Composition;

namespace Roost.Cli.Serve;

/// <summary><c>roost serve timelines</c>: home timelines and other pages of posts.</summary>
internal sealed class TimelinesPart : ServePart
{
    private const int UsualPort = 4006;

    private readonly RoleOptions _options = new(UsualPort);
    private readonly PeerOptions _peers = new();

    public TimelinesPart() : base(
        TimelinesRole.Name, UsualPort,
        "Run timelines over the posts that another process writes: pages are made from this process's memory. As "
        + "many as are wanted run beside each other.\n\n"
        + "Example: roost serve timelines --data timelines --database '…' --posts http://127.0.0.1:4005 --listen "
        + $"http://127.0.0.1:{UsualPort}, and then\nroost serve web --posts http://127.0.0.1:4005 --timelines "
        + $"http://127.0.0.1:{UsualPort}")
    {
        _options.Data.Description =
            "A directory of its own: for a copy of the posts, which is made again when it is lost.";
        _options.Database.Description = "The PostgreSQL database of the network whose posts it follows, as roost serve "
            + "posts has it. It is remembered, without its password.";
        _options.Store.Description += " Posts and Users are found there, and web processes find this one as timelines.";
    }

    public override IReadOnlyList<Option> Options => [.. _options.All, .. _peers.All];

    public override ServeStart Read(ParseResult parsed, ServePlace place)
    {
        var store = _options.StoreOf(parsed);
        return _options.StartOf(
            TimelinesRole.Of(new TimelinesRoleOptions(_peers.PostsOf(parsed, store, place))
            {
                Users = _peers.UsersOf(parsed, store, place),
                Graph = _peers.GraphOf(parsed, store, place),
            }),
            parsed, place);
    }
}
