using System.CommandLine;
using System.Net;
using Roost.Composition;
using Roost.Operations.Gateway;
using Roost.Rpc;

namespace Roost.Cli;

/// <summary><c>roost serve gateway</c>: the door in front of all applications.</summary>
internal static class GatewayCommand
{
    private const string DefaultListen = "http://127.0.0.1:8080";

    public static Command Create()
    {
        var listen = new Option<string>("--listen", "-l")
        {
            Description = "Where clients come in: http://ADDRESS:PORT, or https:// with a certificate. Port 0 takes a "
                + "free one.",
            HelpName = "URL",
            DefaultValueFactory = _ => DefaultListen,
        };
        var certificate = new Option<string?>("--certificate")
        {
            Description = "A PEM file with the certificate that clients are shown, and those that lead to its root: "
                + "Certbot's fullchain.pem. A renewed one is used within a minute.",
            HelpName = "FILE",
        };
        var key = new Option<string?>("--certificate-key")
        {
            Description = "A PEM file with the certificate's key: Certbot's privkey.pem.",
            HelpName = "FILE",
        };
        var to = new Option<string[]>("--to")
        {
            Description = "Where an application runs: web=URL, or web=URL,URL for several instances. Applications are "
                + "web (pages), api, search, media and streaming; web serves what is not given.",
            HelpName = "APPLICATION=URL",
        };
        var store = ServeCommand.StoreOption();
        var proxies = AddressOptions.Proxies();
        var accessLog = new Option<string?>("--access-log")
        {
            Description = "A file to which a line of JSON about each request is added.",
            HelpName = "FILE",
        };
        var connections = new Option<int>("--connections")
        {
            Description = "How many connections clients may have open at a time: 10000 unless told.",
            HelpName = "NUMBER",
            DefaultValueFactory = _ => 10_000,
        };
        connections.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--connections must be 1 or more.");
        });
        var patience = new Option<int>("--patience")
        {
            Description = "How long a request may wait for its turn before it is answered 503, in milliseconds: 500 "
                + "unless told.",
            HelpName = "MS",
            DefaultValueFactory = _ => 500,
        };
        patience.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--patience must be 1 or more, in milliseconds.");
        });
        var admin = ServeCommand.AdminOption();
        var command = new Command(
            GatewayServer.Name,
            "Stand in front of the applications: send each request to one of their instances, and let no more in than "
            + "they can work on.\n\n"
            + "Example: roost serve gateway --listen http://127.0.0.1:8080 --to web=http://127.0.0.1:3000")
        {
            listen, certificate, key, to, store, proxies, accessLog, connections, patience, admin,
        };
        command.Run((parsed, ct) => RunAsync(
            new GatewayServerOptions(
                parsed.GetRequiredValue(listen),
                GatewayOf(
                    ToOf(parsed.GetValue(to) ?? []), AddressOptions.Read(parsed, proxies),
                    TimeSpan.FromMilliseconds(parsed.GetValue(patience))),
                ServeCommand.StoreOf(parsed.GetValue(store) ?? []))
            {
                AccessLog = parsed.GetValue(accessLog),
                Certificate = CertificateOf(parsed.GetValue(certificate), parsed.GetValue(key)),
                ConnectionsMax = parsed.GetValue(connections),
            },
            parsed.GetValue(admin), ct));
        return command;
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
                .Select(url => ServeCommand.UrlOf("--to", url))];
            to[parts[0]] = to.TryGetValue(parts[0], out var known) ? [.. known, .. urls] : urls;
        }
        return to;
    }

    private static async Task<int> RunAsync(GatewayServerOptions options, string? adminListen, CancellationToken ct)
    {
        using var told = new CancellationTokenSource();
        using var telemetry = Telemetry.Start(GatewayServer.Name);
        await using var admin = adminListen is null
            ? null
            : await AdminPort.StartAsync(
                new(adminListen, GatewayServer.Name)
                {
                    Figures = GatewayFigures.All,
                    Requests = [GatewayFigures.Requests],
                    Work = GatewayFigures.Work,
                    Telemetry = telemetry,
                },
                told.Cancel, ct);
        await using var server = await GatewayServer.StartAsync(options, admin, ct);
        admin?.Show(server.Gateway.Report);
        admin?.SetReady(true);
        Console.WriteLine($"{GatewayServer.Name} is ready at {server.Url}.");
        if (admin is not null) Console.WriteLine($"Its admin pages are at {admin.Url}admin.");

        return await RunningProcess.UntilToldAsync(
            admin, CancellationToken.None, ct, server.Stopping, told.Token);
    }
}
