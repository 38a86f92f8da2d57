using System.CommandLine;
using System.Net;
using Roost.Composition;
using Roost.Operations.Gateway;
using Roost.Rpc;

namespace Roost.Cli.Serve;

/// <summary><c>roost serve gateway</c>: the door in front of all applications.</summary>
internal sealed class GatewayPart : ServePart
{
    private const int UsualPort = 8080;

    private readonly Option<string> _listen = new("--listen", "-l")
    {
        Description = "Where clients come in: http://ADDRESS:PORT, or https:// with a certificate. Port 0 takes a "
            + "free one.",
        HelpName = "URL",
        DefaultValueFactory = _ => $"http://127.0.0.1:{UsualPort}",
    };

    private readonly Option<string?> _certificate = new("--certificate")
    {
        Description = "A PEM file with the certificate that clients are shown, and those that lead to its root: "
            + "Certbot's fullchain.pem. A renewed one is used within a minute.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _key = new("--certificate-key")
    {
        Description = "A PEM file with the certificate's key: Certbot's privkey.pem.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _to = new("--to")
    {
        Description = "Where an application runs: web=URL, or web=URL,URL for several instances. Applications are "
            + "web (pages), api, search, media and streaming; web serves what is not given.",
        HelpName = "APPLICATION=URL",
    };

    private readonly Option<string[]> _store = PlaceOptions.StoreOption();
    private readonly Option<string[]> _proxies = AddressOptions.Proxies();

    private readonly Option<string?> _accessLog = new("--access-log")
    {
        Description = "A file to which a line of JSON about each request is added.",
        HelpName = "FILE",
    };

    private readonly Option<int> _connections = new("--connections")
    {
        Description = "How many connections clients may have open at a time: 10000 unless told.",
        HelpName = "NUMBER",
        DefaultValueFactory = _ => 10_000,
    };

    private readonly Option<int> _patience = new("--patience")
    {
        Description = "How long a request may wait for its turn before it is answered 503, in milliseconds: 500 "
            + "unless told.",
        HelpName = "MS",
        DefaultValueFactory = _ => 500,
    };

    private readonly Option<string?> _admin = PlaceOptions.AdminOption();

    public GatewayPart() : base(
        GatewayServer.Name, UsualPort,
        "Stand in front of the applications: send each request to one of their instances, and let no more in than "
        + "they can work on.\n\n"
        + $"Example: roost serve gateway --listen http://127.0.0.1:{UsualPort} --to web=http://127.0.0.1:3000")
    {
        _connections.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--connections must be 1 or more.");
        });
        _patience.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--patience must be 1 or more, in milliseconds.");
        });
    }

    public override IReadOnlyList<Option> Options =>
        [_listen, _certificate, _key, _to, _store, _proxies, _accessLog, _connections, _patience, _admin];

    public override AdminOptions With(AdminOptions admin) => admin with
    {
        Figures = [.. admin.Figures.Union(GatewayFigures.All)],
        Requests = [GatewayFigures.Requests],
        Work = GatewayFigures.Work,
    };

    public override ServeStart Read(ParseResult parsed, ServePlace place)
    {
        var certificate = CertificateOf(parsed.GetValue(_certificate), parsed.GetValue(_key));
        var to = ToOf(parsed.GetValue(_to) ?? []);
        var store = PlaceOptions.StoreOf(parsed.GetValue(_store) ?? []);
        if (store.Count == 0) SendTo(to, parsed, place);
        var options = new GatewayServerOptions(
            place.ListenOf(parsed, _listen, UsualPort, certificate is null ? "http" : "https"),
            GatewayOf(
                to, AddressOptions.Read(parsed, _proxies),
                TimeSpan.FromMilliseconds(parsed.GetValue(_patience))),
            store)
        {
            AccessLog = parsed.GetValue(_accessLog),
            Certificate = certificate,
            ConnectionsMax = parsed.GetValue(_connections),
        };
        // In one process web may have to wait.
        return new ServeStart(Waits: !place.IsAlone, async (admin, ct) =>
        {
            var server = await GatewayServer.StartAsync(options, admin, ct);
            admin?.Show(server.Gateway.Report);
            return new ServedPart(
                $"{Name} is ready at {server.Url}.", server, server.Stopping, CancellationToken.None);
        });
    }

    /// <summary>Whatever of the same process listens where that is known beforehand.</summary>
    private void SendTo(Dictionary<string, IReadOnlyList<Uri>> to, ParseResult parsed, ServePlace place)
    {
        foreach (var (application, part) in ((string, ServePart)[])
            [(GatewayServer.WebName, new WebPart()), (GatewayServer.StreamingName, new PushPart())])
        {
            if (!to.ContainsKey(application) && place.UrlOf(part, parsed, _listen) is { } url) to[application] = [url];
        }
    }

    private static (string Chain, string Key)? CertificateOf(string? chain, string? key) => (chain, key) switch
    {
        (null, null) => null,
        ({ } one, { } other) => (one, other),
        _ => throw new ServiceException(
            ErrorCode.Invalid, "Give --certificate and --certificate-key together, and --listen https://ADDRESS:PORT."),
    };

    private static GatewayOptions GatewayOf(
        Dictionary<string, IReadOnlyList<Uri>> to, IReadOnlyList<IPNetwork> proxies, TimeSpan patience)
    {
        var usual = new GatewayOptions();
        return usual with
        {
            To = to,
            Proxies = proxies,
            Admission = usual.Admission with { PatienceMax = patience },
            Seed = (ulong)Environment.ProcessId,
        };
    }

    private static Dictionary<string, IReadOnlyList<Uri>> ToOf(string[] given)
    {
        var to = new Dictionary<string, IReadOnlyList<Uri>>();
        foreach (var text in given)
        {
            var parts = text.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length < 2 || parts[0].Length == 0)
            {
                throw new ServiceException(
                    ErrorCode.Invalid,
                    $"--to '{text}' does not say what runs where; give one like web=http://127.0.0.1:3000.");
            }
            Uri[] urls = [.. parts[1]
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(url => PlaceOptions.UrlOf("--to", url))];
            to[parts[0]] = to.TryGetValue(parts[0], out var known) ? [.. known, .. urls] : urls;
        }
        return to;
    }
}
