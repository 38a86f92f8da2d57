using System.CommandLine;
using Roost.Composition;
using Roost.Web;

namespace Roost.Cli.Serve;

/// <summary><c>roost serve push</c>: open streams, of which processes there may be many.</summary>
internal sealed class PushPart() : ServePart(
    "push", UsualPort,
    "Run the streams of the client port alone (WebSockets and server-sent events), which stay open for hours: "
    + "what web processes do for as long as none of these runs. It keeps nothing: as many as are wanted run "
    + "beside each other.\n\n"
    + $"Example: roost serve push --posts http://127.0.0.1:4005 --listen http://127.0.0.1:{UsualPort}, and then\n"
    + $"roost serve gateway --to web=http://127.0.0.1:3000 --to {GatewayServer.StreamingName}="
    + $"http://127.0.0.1:{UsualPort}")
{
    private const int UsualPort = 4008;

    private readonly ClientPortOptions _options = new(UsualPort, "gateways send streams here.");

    public override IReadOnlyList<Option> Options => [_options.Listen, .. _options.Places, .. _options.Rest];

    public override AdminOptions With(AdminOptions admin) => admin.WithLive();

    public override ServeStart Read(ParseResult parsed, ServePlace place) =>
        _options.StartOf(Name, parsed, place, options => options with { Scope = WebScope.Streams });
}
