using System.CommandLine;
using Roost.Cli.Serve;
using Roost.Composition;
using Roost.Rpc;
using Roost.Services.Cards;
using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Services.Timelines.Redis;
using Roost.Services.WebPush;

namespace Roost.Cli;

/// <summary>How the command line says what a node is made of: where its data is, and what runs elsewhere.</summary>
internal sealed class NodeArguments
{
    /// <summary>Instead of a URL.</summary>
    public const string InStore = "store";

    private readonly Option<string> _data = DataOption.Create();
    private readonly Option<string?> _database = DataOption.Database();

    private readonly Option<string[]> _pushTo = AddressOptions.PushServices();

    private readonly Option<bool> _noCards = new("--no-preview-cards")
    {
        Description = "Do not fetch pages that posts link to; posts then show links without titles and pictures. "
            + "Only public addresses are fetched, in any case.",
    };

    private readonly Option<int> _searchMemory = SearchOptionsOf.Memory();
    private readonly Option<string[]> _search = SearchOptionsOf.Elsewhere();
    private readonly Option<int> _searchShards = SearchOptionsOf.Shards();

    private readonly Option<string?> _inboxes = new("--inboxes")
    {
        Description = "Keep home timelines' inboxes in Redis, in a cluster or in one server, instead of in this "
            + "process's memory: they are there after a restart. A password is taken from "
            + $"{RedisServers.PasswordVariable}.",
        HelpName = "redis[s]://HOST:PORT,…",
    };

    private readonly Option<string[]> _users = new("--users")
    {
        Description = "Where the Users service runs that 'roost serve users' started, instead of in this process.",
        HelpName = "URL",
    };

    private readonly Option<string[]> _graph = PlaceOption("graph", "Graph");
    private readonly Option<string[]> _media = PlaceOption("media", "Media");
    private readonly Option<string[]> _notifications = PlaceOption(NotificationsRole.Name, "Notifications");
    private readonly Option<bool> _standBy = PlaceOptions.StandByOption();
    private readonly Option<string?> _files = PlaceOptions.FilesOption();
    private readonly Option<string[]> _store = PlaceOptions.StoreOption();

    /// <param name="found">What is found through the store, and who finds this process there.</param>
    public NodeArguments(string found)
    {
        _standBy.Description += " Users and Graph are found elsewhere then.";
        _store.Description += " " + found;
    }

    /// <param name="role">As it is started.</param>
    /// <param name="name">As people call it.</param>
    public static Option<string[]> PlaceOption(string role, string name) => new($"--{role}")
    {
        Description = $"Where the {name} service runs that 'roost serve {role}' started, instead of in this process: "
            + "its URL, or the word store when it is found through --store.",
        HelpName = "URL|store",
    };

    /// <summary>Where its data is: what is told first.</summary>
    public IReadOnlyList<Option> OfData => [_data, _database];

    /// <summary>All the rest.</summary>
    public IReadOnlyList<Option> All =>
    [
        _pushTo, _noCards, _searchMemory, _inboxes, _users, _graph, _media, _search, _searchShards, _store, _standBy,
        _files,
    ];

    /// <summary>What a process may have elsewhere that others call.</summary>
    public IReadOnlyList<Option> OfApart => [_notifications];

    public string DataOf(ParseResult parsed) => parsed.GetRequiredValue(_data);

    /// <summary>As <see cref="Rpc.Discovery.ClusterStores.Open"/> takes it; none for no store.</summary>
    public IReadOnlyList<Uri> StoreOf(ParseResult parsed) => PlaceOptions.StoreOf(parsed.GetValue(_store) ?? []);

    public bool StandsBy(ParseResult parsed) => parsed.GetValue(_standBy);

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: what is given does not fit together.
    /// </exception>
    /// <param name="place">Where other roles of its process are called directly.</param>
    public NodeOptions Read(ParseResult parsed, CommunityFile community, ServePlace place)
    {
        var store = parsed.GetValue(_store) ?? [];
        var notifications = place.Find(
            NotificationsRole.Name,
            () => ElsewhereOf(NotificationsRole.Name, parsed.GetValue(_notifications) ?? [], store));
        var pushServices = AddressOptions.Read(parsed, _pushTo);
        if (notifications is not null && pushServices.Count > 0 && place.IsAlone)
            throw new ServiceException(
                ErrorCode.Invalid, "--push-to is for who sends messages to devices: give it to roost serve "
                + $"{NotificationsRole.Name}.");
        return new NodeOptions(place.DataOf(PostsServer.Name, DataOf(parsed)))
        {
            Database = parsed.GetValue(_database),
            Files = parsed.GetValue(_files),
            Cards = new CardsOptions { IsOn = !parsed.GetValue(_noCards) },
            Translation = community.Translation(),
            Search = SearchOptions.WithMemory(SearchOptionsOf.Bytes(parsed.GetValue(_searchMemory))),
            Timelines = new TimelinesOptions { Redis = InboxesOf(parsed.GetValue(_inboxes)) },
            UsersElsewhere = place.Find(
                Role.Users.Name, () => UsersOf(parsed.GetValue(_users) ?? [], store)),
            GraphElsewhere = place.Find(
                Role.Graph.Name, () => ElsewhereOf("graph", parsed.GetValue(_graph) ?? [], store)),
            MediaElsewhere = place.Find(
                Role.Media.Name, () => ElsewhereOf("media", parsed.GetValue(_media) ?? [], store)),
            SearchElsewhere = place.Has(SearchRole.Name)
                ? [Elsewhere.InProcess]
                : SearchOptionsOf.Read(parsed.GetValue(_search) ?? [], parsed.GetValue(_searchShards), store),
            NotificationsElsewhere = notifications,
            WebPush = new WebPushOptions().WithServicesIn(pushServices),
        };
    }

    /// <summary>Where a store is given, Users is found through it.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: both were given.</exception>
    public static Elsewhere? UsersOf(string[] users, string[] store)
    {
        if (users.Length > 0 && store.Length > 0)
            throw new ServiceException(
                ErrorCode.Invalid, "Give --users, or --store through which it is found, not both.");
        return users.Length + store.Length == 0
            ? null
            : new Elsewhere(PlaceOptions.Urls("--users", users), PlaceOptions.StoreOf(store));
    }

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it is to be found through a store that is
    /// not given, or is no URL.</exception>
    public static Elsewhere? ElsewhereOf(string service, string[] given, string[] store)
    {
        if (given is not [InStore])
            return given.Length == 0 ? null : new Elsewhere(PlaceOptions.Urls($"--{service}", given), []);
        if (store.Length == 0)
            throw new ServiceException(
                ErrorCode.Invalid, $"--{service} store looks for it in the store: name that with --store URL.");
        return new Elsewhere([], PlaceOptions.StoreOf(store));
    }

    private static RedisOptions? InboxesOf(string? place) => place is null
        ? null
        : new RedisOptions(RedisServers.Parse(
            place, Environment.GetEnvironmentVariable(RedisServers.PasswordVariable)));
}
