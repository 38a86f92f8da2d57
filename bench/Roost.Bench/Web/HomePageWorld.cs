using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Engine.Ids;
using Roost.Replay.Loading;
using Roost.Rpc;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web;
using Roost.World;

namespace Roost.Bench.Web;

/// <summary>
/// What the home page is measured on: the server as <c>roost up</c> starts it, with a made-up network in a directory
/// of its own, and readers who are signed in and whose home timelines are full.
/// </summary>
internal sealed class HomePageWorld : IAsyncDisposable
{
    public const string Path = "/api/v1/timelines/home?limit=20";

    /// <summary>Posts on a page.</summary>
    public const int PagePosts = 20;

    private const ulong Seed = 1;

    private readonly string _directory;

    // Counted as everybody is who is not on this machine, and never refused.
    private static readonly RateLimitOptions _roomy = new()
    {
        SparesLoopback = false,
        Account = new RateLimit(300_000, 1),
        Token = new RateLimit(60_000, 1),
    };

    private HomePageWorld(Server server, string directory) => (Server, _directory) = (server, directory);

    public Server Server { get; }

    /// <summary>The ceilings, on the same server; the first is the home page's.</summary>
    public required ConstantPage[] Constants { get; init; }

    public required AccountId[] Readers { get; init; }

    /// <summary>A bearer token for each reader.</summary>
    public required string[] Tokens { get; init; }

    /// <param name="readersMax">Those with a full page among the first accounts, at most so many.</param>
    /// <param name="ceilings">How many endpoints with constant bytes there are.</param>
    public static async Task<HomePageWorld> OpenAsync(
        int accounts, int posts, int readersMax, int ceilings, CancellationToken ct)
    {
        var directory = Directory.CreateTempSubdirectory("roost-bench-").FullName;
        Server? server = null;
        ConstantPage[] constants = [.. Enumerable.Range(0, ceilings).Select(number => new ConstantPage(number))];
        try
        {
            server = await Server.StartAsync(
                new NodeOptions(System.IO.Path.Combine(directory, "data"))
                {
                    Timelines = new TimelinesOptions { RebuildShare = 1 },
                },
                "http://127.0.0.1:0",
                url => new WebOptions { PublicUrl = url, RateLimits = _roomy }, LogLevel.Warning,
                routes =>
                {
                    foreach (var constant in constants)
                        routes.MapGet(constant.Path, new RequestDelegate(constant.AnswerAsync));
                }, ct);
            await LoadAsync(server.Node, accounts, posts, ct);
            var readers = await FindReadersAsync(server.Node, accounts, readersMax, ct);
            var world = new HomePageWorld(server, directory)
            {
                Constants = constants,
                Readers = readers,
                Tokens = await SignInAsync(server.Node, readers, ct),
            };
            await constants[0].LearnAsync(world, [Path], ct);
            return world;
        }
        catch
        {
            if (server is not null) await server.DisposeAsync();
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    /// <summary>Reads pages in this process, without HTTP and JSON; the result is how many.</summary>
    public async ValueTask<long> ReadAsync(int pages, CancellationToken ct)
    {
        var home = Server.Node.Timelines.Home;
        for (var i = 0; i < pages; i++)
        {
            var page = await home(new HomeTimeline(Readers[i % Readers.Length], new PageRange()), Call.Until(ct));
            if (page.Entries.Count != PagePosts)
                throw new InvalidOperationException($"A page has {page.Entries.Count} posts, not {PagePosts}.");
        }
        return pages;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static Task<LoadReport> LoadAsync(Node node, int accounts, int posts, CancellationToken ct)
    {
        var network = WorldGenerator.Generate(new WorldOptions { Accounts = accounts, Posts = posts, Seed = Seed });
        var target = new LoadTarget(node.Users, node.Graph, node.Posts, node.Timelines);
        var loader = new NetworkLoader(target, TimeProvider.System);
        return loader.LoadAsync(network, TimeProvider.System.GetTimestamp(), ct);
    }

    private static async Task<AccountId[]> FindReadersAsync(Node node, int accounts, int most, CancellationToken ct)
    {
        var readers = new List<AccountId>(most);
        for (var id = 1; id <= accounts && readers.Count < most; id++)
        {
            var page = await node.Timelines.Home(new HomeTimeline(new AccountId(id), new PageRange()), Call.Until(ct));
            if (page.Entries.Count == PagePosts) readers.Add(new AccountId(id));
        }
        if (readers.Count == 0) throw new InvalidOperationException("Nobody in this network has a full home page.");
        return [.. readers];
    }

    private static async Task<string[]> SignInAsync(Node node, AccountId[] readers, CancellationToken ct)
    {
        var tokens = new string[readers.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            var issued = await node.Users.CreateToken(
                new CreateToken(0, readers[i], "read write follow"), Call.Until(ct));
            tokens[i] = issued.Value;
        }
        return tokens;
    }
}
