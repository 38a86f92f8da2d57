using System.CommandLine;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Roost.Composition;

namespace Roost.Cli.Serve;

/// <summary>What those have that clients come to over services elsewhere.</summary>
internal sealed class ClientPortOptions
{
    private readonly int _port;
    private readonly WebArguments _web = WebArguments.WithoutDirectory();
    private readonly PeerOptions _peers = new();
    private readonly Option<string[]> _notifications =
        NodeArguments.PlaceOption(NotificationsRole.Name, "Notifications");
    private readonly Option<string[]> _store = PlaceOptions.StoreOption();
    private readonly Option<string> _zone = PlaceOptions.ZoneOption();
    private readonly Option<string?> _admin = PlaceOptions.AdminOption();

    /// <param name="found">Who finds it through the store.</param>
    public ClientPortOptions(int port, string found)
    {
        _port = port;
        Listen = UpCommand.ListenOption($"http://127.0.0.1:{port}");
        _notifications.Description = "Where notifications have a process of their own that 'roost serve "
            + "notifications' started, to ask it directly rather than by way of posts: its URL, or the word store "
            + "when it is found through --store.";
        _store.Description += $" Posts and Users are found there, and {found}";
    }

    public Option<string> Listen { get; }

    /// <summary>Where services are.</summary>
    public IReadOnlyList<Option> Places => [.. _peers.WithoutGraph, _notifications];

    public IReadOnlyList<Option> Rest => [_store, _zone, .. _web.All, _admin];

    /// <summary>As it was given; empty for none.</summary>
    public string[] StoreOf(ParseResult parsed) => parsed.GetValue(_store) ?? [];

    /// <param name="name">As it was started.</param>
    public ServeStart StartOf(
        string name, ParseResult parsed, ServePlace place, Func<WebServerOptions, WebServerOptions> more)
    {
        var store = StoreOf(parsed);
        var options = more(new WebServerOptions(
            place.ListenOf(parsed, Listen, _port), _web.Read(parsed, _web.CommunityOf(parsed, directory: null)),
            _peers.PostsOf(parsed, store, place))
        {
            Users = _peers.UsersOf(parsed, store, place),
            Notifications = place.Find(
                NotificationsRole.Name,
                () => NodeArguments.ElsewhereOf(
                    NotificationsRole.Name, parsed.GetValue(_notifications) ?? [], store)),
            Store = PlaceOptions.StoreOf(store),
            Zone = parsed.GetValue(_zone) ?? "",
            Here = place.Here,
        });
        return new ServeStart(Waits: true, async (admin, ct) =>
        {
            var server = await WebServer.StartAsync(options, LogLevel.Warning, admin, ct);
            var age = TimeProvider.System.GetUtcNow() - Process.GetCurrentProcess().StartTime.ToUniversalTime();
            return new ServedPart(
                $"{name} is ready at {server.Url} after {age.TotalSeconds:0.00} s.", server, server.Stopping,
                CancellationToken.None);
        });
    }
}
