using System.CommandLine;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;
using Roost.Cli.Control;
using Roost.Composition;
using Roost.Rpc;
using Roost.Services.Cards;
using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Services.Timelines.Redis;
using Roost.Services.WebPush;
using Roost.Web;
using Roost.Web.Pages.Ops;

namespace Roost.Cli;

/// <summary><c>roost up</c>: the whole network in one process.</summary>
internal static class UpCommand
{
    private const string DefaultListen = "http://127.0.0.1:3000";

    /// <summary>Instead of a URL.</summary>
    public const string InStore = "store";

    public static Command Create()
    {
        var data = DataOption.Create();
        var database = DataOption.Database();
        var listen = new Option<string>("--listen", "-l")
        {
            Description = "Where to listen: http://ADDRESS:PORT. Port 0 takes a free one.",
            HelpName = "URL",
            DefaultValueFactory = _ => DefaultListen,
        };
        var publicUrl = new Option<string?>("--public-url")
        {
            Description = "Where people reach it, when that is not where it listens (behind a proxy).",
            HelpName = "URL",
        };
        var title = new Option<string?>("--title") { Description = "The community's name.", HelpName = "NAME" };
        var community = new Option<string?>("--community")
        {
            Description = "A file in which the community says what it is (rules, policies and the like): "
                + "community.json in the data directory unless told.",
            HelpName = "FILE",
        };
        var registrations = new Option<string?>("--registrations")
        {
            Description = "Who may make an account: open (unless told), approval or closed.",
            HelpName = "WHO",
        };
        registrations.AcceptOnlyFromAmong("open", "approval", "closed");
        var limits = new Option<int?>("--rate-limits")
        {
            Description = "How many times as often as on a Mastodon server everybody may ask: 1 unless told, 0 for "
                + "without limits. What each limit is stands in community.json. Programs on this machine are not "
                + "limited.",
            HelpName = "TIMES",
        };
        var proxies = AddressOptions.Proxies();
        var pushTo = new Option<string[]>("--push-to")
        {
            Description = "The address or network of push services of your own, like 192.168.1.20, which may be spoken "
                + "to by http, too; give it again for another. Others are sent to on the public internet only.",
            HelpName = "ADDRESS",
        };
        var noCards = new Option<bool>("--no-preview-cards")
        {
            Description = "Do not fetch pages that posts link to; posts then show links without titles and pictures. "
                + "Only public addresses are fetched, in any case.",
        };
        var searchMemory = SearchOptionsOf.Memory();
        var search = SearchOptionsOf.Elsewhere();
        var searchShards = SearchOptionsOf.Shards();
        var inboxes = new Option<string?>("--inboxes")
        {
            Description = "Keep home timelines' inboxes in Redis, in a cluster or in one server, instead of in this "
                + "process's memory: they are there after a restart. A password is taken from "
                + $"{RedisServers.PasswordVariable}.",
            HelpName = "redis[s]://HOST:PORT,…",
        };
        var admin = ServeCommand.AdminOption();
        var users = new Option<string[]>("--users")
        {
            Description = "Where the Users service runs that 'roost serve users' started, instead of in this process.",
            HelpName = "URL",
        };
        var graph = new Option<string[]>("--graph")
        {
            Description = "Where the Graph service runs that 'roost serve graph' started, instead of in this process: "
                + "its URL, or the word store when it is found through --store.",
            HelpName = "URL|store",
        };
        var standBy = ServeCommand.StandByOption();
        standBy.Description += " Users and Graph are found elsewhere then.";
        var media = new Option<string[]>("--media")
        {
            Description = "Where the Media service runs that 'roost serve media' started, instead of in this process: "
                + "its URL, or the word store when it is found through --store.",
            HelpName = "URL|store",
        };
        var files = ServeCommand.FilesOption();
        var store = ServeCommand.StoreOption();
        store.Description += " Users is found there, and gateways find this process as web.";
        var command = new Command(
            "up",
            "Start everything in one process and run until Ctrl-C or SIGTERM.\n\n"
            + "Example: roost up --data my-community --listen http://127.0.0.1:3000")
        {
            data, database, listen, publicUrl, title, registrations, community, limits, proxies, pushTo, noCards,
            searchMemory, inboxes, admin, users, graph, media, search, searchShards, store, standBy, files,
        };
        command.Run((parsed, ct) => RunAsync(
            new UpOptions(
                parsed.GetRequiredValue(data), parsed.GetRequiredValue(listen), parsed.GetValue(publicUrl),
                parsed.GetValue(title), parsed.GetValue(registrations), parsed.GetValue(community))
            {
                Database = parsed.GetValue(database),
                Files = parsed.GetValue(files),
                StandsBy = parsed.GetValue(standBy),
                RateLimits = parsed.GetValue(limits),
                FetchesCards = !parsed.GetValue(noCards),
                SearchMemoryBytes = SearchOptionsOf.Bytes(parsed.GetValue(searchMemory)),
                Inboxes = InboxesOf(parsed.GetValue(inboxes)),
                Admin = parsed.GetValue(admin),
                Users = UsersOf(parsed.GetValue(users) ?? [], parsed.GetValue(store) ?? []),
                Graph = ElsewhereOf("graph", parsed.GetValue(graph) ?? [], parsed.GetValue(store) ?? []),
                Media = ElsewhereOf("media", parsed.GetValue(media) ?? [], parsed.GetValue(store) ?? []),
                Search = SearchOptionsOf.Read(
                    parsed.GetValue(search) ?? [], parsed.GetValue(searchShards), parsed.GetValue(store) ?? []),
                Proxies = AddressOptions.Read(parsed, proxies),
                PushTo = AddressOptions.Read(parsed, pushTo),
            },
            ct));
        return command;
    }

    private static async Task<int> RunAsync(UpOptions options, CancellationToken ct)
    {
        if (options.PublicUrl is { } given && !Uri.TryCreate(given, UriKind.Absolute, out _))
            throw new ServiceException(
                ErrorCode.Invalid, $"--public-url '{given}' is not a URL; give one like https://social.example.");

        var community = CommunityFile.Read(options.Community, options.Data);
        using var told = new CancellationTokenSource();
        using var telemetry = Telemetry.Start(Server.Name);
        await using var admin = options.Admin is { } port
            ? await AdminPort.StartAsync(
                new(port, Server.Name)
                {
                    Figures = LiveFigures.All,
                    Requests = LiveFigures.Requests,
                    Telemetry = telemetry,
                },
                told.Cancel, ct)
            : null;
        await using var standBy = options.StandsBy
            ? new StandBy(GatewayServer.WebName, options.Users?.Store ?? []) { Rehearse = Rehearsal.RunAsync }
            : null;
        using var starting = CancellationTokenSource.CreateLinkedTokenSource(ct, told.Token);
        Server started;
        try
        {
            started = await StartAsync(options, community, standBy, admin, starting.Token);
        }
        catch (OperationCanceledException) when (options.StandsBy && starting.IsCancellationRequested)
        {
            // It stood by to the end.
            return ExitCode.Done;
        }
        await using var server = started;
        admin?.SetReady(true);

        await using var announced = Announced.Start(
            options.Users?.Store ?? [], GatewayServer.WebName, server.Url, zone: "", server.Network, admin?.Url,
            server.Tools, server.Node.ConfirmAsync);
        await using var control = ControlServer.Start(server.Node, server.Logger<ControlServer>());
        var age = TimeProvider.System.GetUtcNow() - Process.GetCurrentProcess().StartTime.ToUniversalTime();
        Console.WriteLine($"Roost is ready at {server.Url} after {age.TotalSeconds:0.00} s.");
        Console.WriteLine($"Its data is in {server.Node.DataDirectory}. Stop it with Ctrl-C.");
        if (admin is not null) Console.WriteLine($"Its admin pages are at {admin.Url}admin.");

        return await RunningProcess.UntilToldAsync(admin, server.Node.Lost, ct, server.Stopping, told.Token);
    }

    private static Task<Server> StartAsync(
        UpOptions options, CommunityFile community, StandBy? standBy, AdminPort? admin, CancellationToken ct) =>
        Server.StartAsync(
            new NodeOptions(options.Data)
            {
                Database = options.Database,
                Files = options.Files,
                StandBy = standBy,
                Cards = new CardsOptions { IsOn = options.FetchesCards },
                Translation = community.Translation(),
                Search = SearchOptions.WithMemory(options.SearchMemoryBytes),
                Timelines = new TimelinesOptions { Redis = options.Inboxes },
                UsersElsewhere = options.Users,
                GraphElsewhere = options.Graph,
                MediaElsewhere = options.Media,
                SearchElsewhere = options.Search,
                WebPush = new WebPushOptions().WithServicesIn(options.PushTo),
            },
            options.Listen,
            url => WebOptionsOf(options, community, url),
            LogLevel.Warning, _ => { }, ct, admin);

    /// <summary>What is given with the command goes before what is in the file.</summary>
    private static WebOptions WebOptionsOf(UpOptions options, CommunityFile community, Uri url)
    {
        var web = community.ApplyTo(new WebOptions
        {
            PublicUrl = options.PublicUrl is { } outside ? new Uri(outside) : url,
            Proxies = options.Proxies,
        });
        if (options.RateLimits is { } times) web = web with { RateLimits = web.RateLimits with { Times = times } };
        if (options.Title is { } title) web = web with { Title = title };
        return options.Registrations is { } who
            ? web with { Registrations = Enum.Parse<Registrations>(who, ignoreCase: true) }
            : web;
    }

    private static RedisOptions? InboxesOf(string? place) => place is null
        ? null
        : new RedisOptions(RedisServers.Parse(
            place, Environment.GetEnvironmentVariable(RedisServers.PasswordVariable)));

    private static Elsewhere? UsersOf(string[] users, string[] store)
    {
        if (users.Length > 0 && store.Length > 0)
            throw new ServiceException(
                ErrorCode.Invalid, "Give --users, or --store through which it is found, not both.");
        return users.Length + store.Length == 0
            ? null
            : new Elsewhere(ServeCommand.Urls("--users", users), ServeCommand.StoreOf(store));
    }

    private static Elsewhere? ElsewhereOf(string service, string[] given, string[] store)
    {
        if (given is not [InStore])
            return given.Length == 0 ? null : new Elsewhere(ServeCommand.Urls($"--{service}", given), []);
        if (store.Length == 0)
            throw new ServiceException(
                ErrorCode.Invalid, $"--{service} store looks for it in the store: name that with --store URL.");
        return new Elsewhere([], ServeCommand.StoreOf(store));
    }

    private sealed record UpOptions(
        string Data, string Listen, string? PublicUrl, string? Title, string? Registrations, string? Community)
    {
        public string? Database { get; init; }

        public string? Files { get; init; }

        public bool StandsBy { get; init; }

        public int? RateLimits { get; init; }

        public bool FetchesCards { get; init; }

        public long SearchMemoryBytes { get; init; }

        /// <summary>Null: in memory.</summary>
        public RedisOptions? Inboxes { get; init; }

        public string? Admin { get; init; }

        /// <summary>Null: in this process; so are <see cref="Graph"/> and <see cref="Media"/>.</summary>
        public Elsewhere? Users { get; init; }

        public Elsewhere? Graph { get; init; }

        public Elsewhere? Media { get; init; }

        /// <summary>Of each shard; null: in this process.</summary>
        public IReadOnlyList<Elsewhere>? Search { get; init; }

        public IReadOnlyList<IPNetwork> Proxies { get; init; } = [];

        public IReadOnlyList<IPNetwork> PushTo { get; init; } = [];
    }
}
