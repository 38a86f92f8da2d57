using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Roost.Composition;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Services.Storage;

namespace Roost.Cluster;

/// <summary>What a cluster on one machine is to be.</summary>
/// <param name="Directory">Of its own: for data, logs, and the record of what runs.</param>
/// <param name="Listen">Where people come in, at the first gateway.</param>
/// <param name="Gateways">1 or more; those after the first listen at ports of their own.</param>
/// <param name="EtcdMembers">1 or more; 0: processes find each other through a file.</param>
/// <param name="StandBy">Whether who has the posts, Users and Media have a second process each, which stands
/// by.</param>
/// <param name="SearchShards">How many shards the search index has in processes of its own, two each; 0: it is with
/// the posts.</param>
/// <param name="Webs">How many processes have the client port alone, over one that has the rest; 0: one has both.
/// </param>
/// <param name="Timelines">How many processes have timelines alone; 0: they are with the posts;
/// <see cref="ClusterPlan.InWebs"/>.</param>
/// <param name="Pushes">How many processes have streams alone; 0: those that have the client port.</param>
/// <param name="HasNotifications">Whether notifications have a process of their own; else they are with the posts.
/// </param>
/// <param name="Program">What our own processes are started from, each time anew.</param>
internal sealed record ClusterOptions(
    string Directory, Uri Listen, int Gateways, int EtcdMembers, bool StandBy, int SearchShards, int Webs,
    int Timelines, int Pushes, bool HasNotifications, string Program);

/// <summary>When a process of a cluster is started: those of one stage together, when all before are of use.</summary>
internal enum ClusterStage
{
    Engine,
    Service,
    /// <summary>It takes a service's place, and belongs to the network that is there.</summary>
    StandBy,
}

/// <summary>One process of a cluster.</summary>
/// <param name="Name">Unique in the cluster: <c>gateway-2</c>.</param>
/// <param name="Role">What it does: <c>gateway</c>.</param>
/// <param name="Stop">How it is told to stop.</param>
/// <param name="StartAsync">Starts it, tells at once which process that is, and waits until it is of use.</param>
internal sealed record ClusterPart(
    string Name, string Role, Signal Stop, ClusterStage Stage,
    Func<Action<Child>, CancellationToken, Task<RunningPart>> StartAsync);

/// <summary>A process of a cluster that runs.</summary>
/// <param name="Url">Where it is called.</param>
/// <param name="Admin">Where its admin pages are; null where it has none.</param>
internal sealed record RunningPart(Child Child, string Url, string? Admin = null);

/// <summary>
/// The parts of a cluster, those that others need first. All listen on one address of 127.0.0.0/8 that this cluster
/// alone uses, so that ports need no choosing; the first gateway listens where it is told.
/// </summary>
internal static class ClusterPlan
{
    public const int GatewaysMax = 16;

    public const int SearchShardsMax = 8;

    public const int WebsMax = 16;

    public const int TimelinesMax = 16;

    public const int PushesMax = 16;

    /// <summary>Of timelines: each process that has the client port has them, too.</summary>
    public const int InWebs = -1;

    public const string EtcdRole = "etcd";

    private const int SearchReplicas = 2;

    private const string Database = "roost";

    /// <summary>Through what processes find each other where there is no etcd.</summary>
    public static string StoreFile(string directory) => Path.Combine(directory, "cluster.db");

    public static IReadOnlyList<ClusterPart> Of(ClusterOptions options)
    {
        var address = FreeAddress();
        var etcd = new EtcdEngine(PathOf(EtcdRole), address, options.EtcdMembers);
        var postgres = new PostgresEngine(PathOf("postgres"), address);
        string[] store =
        [
            "--store", options.EtcdMembers == 0 ? StoreFile(options.Directory) : string.Join(',', etcd.Endpoints),
        ];
        string[] database = ["--database", postgres.Connection(Database)];
        var redis = new RedisEngine(PathOf("redis"), address);
        // Timelines of their own have inboxes in their memory.
        var hasRedis = Programs.HasRedis && options.Timelines == 0;
        string[] inboxes = hasRedis ? ["--inboxes", redis.Place] : [];
        string[] standBy = options.StandBy ? ["--stand-by"] : [];
        string[] search = options.SearchShards == 0
            ? []
            : ["--search", "store", "--search-shards", $"{options.SearchShards}"];
        var node = options.Webs == 0 ? GatewayServer.WebName : PostsServer.Name;
        var directory = NodeDirectory(options.Directory, node);
        // One that was made by an earlier version has its pictures in Web.
        var isMediaApart = !DataParts.HasHeld(PathOf(directory), RolePlace.Media.Part);
        string[] media = isMediaApart ? ["--media", "store"] : [];
        string[] notifications = options.HasNotifications ? ["--notifications", "store"] : [];
        string[] publicUrl = ["--public-url", options.Listen.GetLeftPart(UriPartial.Authority)];
        string[] files = options.StandBy ? ["--files", PathOf(Role.Media.Name)] : [];
        return
        [
            .. Enumerable.Range(0, options.EtcdMembers).Select(Etcd),
            new("postgres", "postgres", Signal.Interrupt, ClusterStage.Engine, async (begun, ct) => new RunningPart(
                await postgres.StartAsync(Database, ct, begun), $"{address}:{PostgresEngine.Port}")),
            .. hasRedis ? Enumerable.Range(0, RedisEngine.Servers).Select(Redis) : [],
            ServiceOf(Role.Users, Role.Users.Name, standBy),
            .. options.StandBy
                ? [ServiceOf(Role.Users, Second(Role.Users.Name), standBy) with { Stage = ClusterStage.StandBy }]
                : Array.Empty<ClusterPart>(),
            ServiceOf(Role.Graph, Role.Graph.Name, []),
            .. isMediaApart
                ? [ServiceOf(Role.Media, Role.Media.Name, [.. standBy, .. files])]
                : Array.Empty<ClusterPart>(),
            .. isMediaApart && options.StandBy
                ? [
                    ServiceOf(Role.Media, Second(Role.Media.Name), [.. standBy, .. files])
                        with { Stage = ClusterStage.StandBy },
                ]
                : Array.Empty<ClusterPart>(),
            .. Enumerable.Range(1, options.SearchShards).SelectMany(
                shard => Enumerable.Range(0, SearchReplicas).Select(replica => Search(shard, replica))),
            Node(node, directory, standBy),
            .. options.StandBy
                ? [
                    Node(Second(node), Second(directory), [.. standBy, "--files", PathOf(directory)])
                        with { Stage = ClusterStage.StandBy },
                ]
                : Array.Empty<ClusterPart>(),
            .. Enumerable.Range(1, Math.Max(0, options.Timelines)).Select(Timelines),
            .. options.HasNotifications ? [Notifications(NotificationsRole.Name)] : Array.Empty<ClusterPart>(),
            .. options.HasNotifications && options.StandBy
                ? [Notifications(Second(NotificationsRole.Name)) with { Stage = ClusterStage.StandBy }]
                : Array.Empty<ClusterPart>(),
            .. Enumerable.Range(1, options.Pushes).Select(Push),
            .. Enumerable.Range(1, options.Webs).Select(Web),
            .. Enumerable.Range(1, options.Gateways).Select(Gateway),
        ];

        string PathOf(string name) => Path.Combine(options.Directory, name);

        string[] PlaceOf(string name) => ["--data", PathOf(name), "--listen", $"http://{address}:0"];

        ClusterPart Etcd(int member) => new(
            options.EtcdMembers == 1 ? EtcdRole : $"{EtcdRole}-{member + 1}", EtcdRole, Signal.Terminate,
            ClusterStage.Engine, async (begun, ct) =>
                new RunningPart(await etcd.StartAsync(member, ct, begun), etcd.Endpoint(member).ToString()));

        ClusterPart Redis(int server) => new(
            $"redis-{server + 1}", "redis", Signal.Terminate, ClusterStage.Engine, async (begun, ct) =>
                new RunningPart(await redis.StartAsync(server, ct, begun), redis.Endpoint(server)));

        ClusterPart Gateway(int number)
        {
            // Started again, it is where it was: no store tells clients of a new place.
            var place = number == 1 ? options.Listen.ToString() : $"http://{address}:0";
            return RoleOf(
                $"gateway-{number}", GatewayServer.Name, "gateway is ready at ",
                () => ["serve", GatewayServer.Name, "--listen", place, .. store], url => place = url);
        }

        ClusterPart ServiceOf(Role role, string name, string[] more) => RoleOf(
            name, role.Name, $"{role.Name} is ready at ",
            () => ["serve", role.Name, .. PlaceOf(name), .. store, .. database, .. more]);

        ClusterPart Search(int number, int replica)
        {
            var shard = new ShardPlace(number, options.SearchShards);
            var role = SearchRole.NameOf(shard);
            // search-1a and search-1b have the same posts.
            var name = $"search-{number}{(char)('a' + replica)}";
            return RoleOf(
                name, role, $"{role} is ready at ",
                () => ["serve", "search", "--shard", $"{shard}", .. PlaceOf(name), .. store, .. database]);
        }

        // Posts and all that is made of them, with the client port or for others that have it.
        ClusterPart Node(string name, string place, string[] more) => RoleOf(
            name, node, options.Webs == 0 ? "Roost is ready at " : $"{node} is ready at ", () =>
            [
                .. options.Webs == 0 ? ["up"] : new[] { "serve", PostsServer.Name },
                .. PlaceOf(place), .. publicUrl, "--graph", "store", .. media, .. search,
                .. notifications, .. store, .. database, .. inboxes, .. more,
            ]);

        ClusterPart Web(int number) => RoleOf(
            $"web-{number}", GatewayServer.WebName, $"{GatewayServer.WebName} is ready at ", () =>
            [
                "serve", GatewayServer.WebName, "--listen", $"http://{address}:0", .. publicUrl, .. media,
                .. notifications, .. PagesOf($"web-{number}"), .. store,
            ]);

        ClusterPart Push(int number) => RoleOf(
            $"push-{number}", "push", "push is ready at ", () =>
            ["serve", "push", "--listen", $"http://{address}:0", .. publicUrl, .. notifications, .. store]);

        ClusterPart Notifications(string name) => RoleOf(
            name, NotificationsRole.Name, $"{NotificationsRole.Name} is ready at ", () =>
            [
                "serve", NotificationsRole.Name, .. PlaceOf(name), .. publicUrl, "--graph", "store", .. store,
                .. database, .. standBy, .. options.StandBy ? ["--files", PathOf("keys")] : Array.Empty<string>(),
            ]);

        string[] PagesOf(string web) => options.Timelines switch
        {
            0 => [],
            InWebs => ["--timelines", "here", "--data", PathOf(web), .. database],
            _ => ["--timelines", "store"],
        };

        ClusterPart Timelines(int number) => RoleOf(
            $"timelines-{number}", TimelinesRole.Name, $"{TimelinesRole.Name} is ready at ", () =>
            [
                "serve", TimelinesRole.Name, .. PlaceOf($"timelines-{number}"), "--graph", "store", .. store,
                .. database,
            ]);

        ClusterPart RoleOf(string name, string role, string ready, Func<string[]> arguments,
            Action<string>? started = null) => new(
            name, role, Signal.Terminate, ClusterStage.Service, async (begun, ct) =>
            {
                var child = Child.Start(
                    options.Program, [.. arguments(), "--admin", $"http://{address}:0"], PathOf($"{name}.log"),
                    new Dictionary<string, string>
                    {
                        ["PGPASSWORD"] = postgres.Password,
                        // Threads without work look for some for a while: of a dozen processes too much for a machine.
                        ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0",
                    });
                begun(child);
                try
                {
                    // One that stands by is of use, too.
                    var url = (await child.SaysAsync([ready, $"{role} stands by at "], ct)).Split(' ')[0]
                        .TrimEnd('.', ':');
                    var admin = (await child.SaysAsync(["Its admin pages are at "], ct)).TrimEnd('.');
                    started?.Invoke(url);
                    return new RunningPart(child, url, admin[..^"admin".Length]);
                }
                catch
                {
                    await child.DisposeAsync();
                    throw;
                }
            });
    }

    /// <summary>Where the posts are, whichever process has them: a cluster may be started again with the client port
    /// elsewhere than before.</summary>
    private static string NodeDirectory(string cluster, string usual) =>
        new[] { GatewayServer.WebName, PostsServer.Name }.FirstOrDefault(
            name => DataParts.HasHeld(Path.Combine(cluster, name), PostsService.Folder)) ?? usual;

    /// <summary>The name of the one that stands by at first.</summary>
    private static string Second(string name) => $"{name}-2";

    /// <summary>An address of this machine at which nobody listens where an engine does.</summary>
    public static string FreeAddress()
    {
        const int Tries = 16;
        for (var i = 0; i < Tries; i++)
        {
            // The lowest are used by hand, the highest by some systems.
            var address = new IPAddress(
            [
                127, (byte)RandomNumberGenerator.GetInt32(1, 250), (byte)RandomNumberGenerator.GetInt32(256),
                (byte)RandomNumberGenerator.GetInt32(1, 255),
            ]);
            int[] ports = [.. EtcdEngine.Ports, PostgresEngine.Port, .. RedisEngine.Ports];
            if (ports.All(port => IsFree(address, port))) return address.ToString();
        }
        throw new ServiceException(
            ErrorCode.Unavailable,
            "This machine lets nobody listen on addresses like 127.1.2.3, which keep a cluster's processes apart.");
    }

    private static bool IsFree(IPAddress address, int port)
    {
        using var socket = new TcpListener(address, port);
        try
        {
            socket.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
