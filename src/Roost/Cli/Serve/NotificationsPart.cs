using System.CommandLine;
using Roost.Composition;
using Roost.Services.WebPush;

namespace Roost.Cli.Serve;

/// <summary><c>roost serve notifications</c>: what people are told, on pages and on their devices.</summary>
internal sealed class NotificationsPart : ServePart
{
    private const int UsualPort = 4007;

    private readonly RoleOptions _options = new(UsualPort);
    private readonly PeerOptions _peers = new();
    private readonly WebArguments _web = new();
    private readonly Option<string[]> _pushTo = AddressOptions.PushServices();
    private readonly Option<bool> _standBy = PlaceOptions.StandByOption();
    private readonly Option<string?> _files = PlaceOptions.FilesOption();

    public NotificationsPart() : base(
        NotificationsRole.Name, UsualPort,
        "Run notifications, and the messages to devices that tell of them, of what happens at the process that "
        + "has the posts.\n\n"
        + "Example: roost serve notifications --data notifications --posts http://127.0.0.1:4005 --listen "
        + $"http://127.0.0.1:{UsualPort}, and then\nroost serve posts --data posts --notifications "
        + $"http://127.0.0.1:{UsualPort}; either may start first") =>
        _options.Store.Description +=
            $" Posts and Users are found there, and others find this one as {NotificationsRole.Name}.";

    public override IReadOnlyList<Option> Options =>
        [.. _options.All, .. _web.OfName, .. _peers.All, _pushTo, _standBy, _files];

    public override ServeStart Read(ParseResult parsed, ServePlace place)
    {
        var store = _options.StoreOf(parsed);
        var community = _web.CommunityOf(parsed, _options.DataOf(Name, parsed, place));
        var web = _web.Read(parsed, community)(
            PlaceOptions.UrlOf("--listen", _options.ListenOf(parsed, place)));
        return _options.StartOf(
            NotificationsRole.Of(new NotificationsRoleOptions(
                _peers.PostsOf(parsed, store, place), WebHost.Checked(web))
            {
                Users = _peers.UsersOf(parsed, store, place),
                Graph = _peers.GraphOf(parsed, store, place),
                WebPush = new WebPushOptions().WithServicesIn(AddressOptions.Read(parsed, _pushTo)),
            }),
            parsed, place,
            options => options with { StandsBy = parsed.GetValue(_standBy), Files = parsed.GetValue(_files) });
    }
}
