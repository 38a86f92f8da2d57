using Roost.Composition;
using Roost.Engine.Ids;
using Roost.Replay.Loading;
using Roost.Rpc;
using Roost.Scenarios.Measuring;
using Roost.Scenarios.Worlds;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web;

namespace Roost.Scenarios;

/// <summary>
/// What a scenario plays on: its sizes and seed, a directory of its own, the node once it is open, and where to write
/// what it found.
/// </summary>
/// <remarks>The node is the real one, as <c>roost up</c> composes it; only its port is missing, since scenarios call
/// the services' functions. Who plays opens it and, before the end, may close it and look at what it left.</remarks>
internal sealed class Stage(
    ScenarioSizes sizes, ulong seed, string directory, TimeProvider time, LiveView live, Verdict verdict,
    Sabotage sabotage, CancellationToken ct) : IAsyncDisposable
{
    private const int AccountsPerBatch = 32_768;

    /// <summary>For what is rendered: a network of some hundred thousand who all are there needs more than the usual.
    /// </summary>
    private const long FragmentCacheBytes = 512L << 20;

    private static readonly Uri _url = new("http://127.0.0.1:3000");

    private Node? _node;
    private LoadTarget? _services;
    private HomePages? _pages;
    private PipelineMeters? _meters;

    public ScenarioSizes Sizes => sizes;

    public ulong Seed => seed;

    /// <summary>For the node's data; the scenario may put other things beside it.</summary>
    public string Directory => directory;

    public TimeProvider Time => time;

    public LiveView Live => live;

    public Verdict Verdict => verdict;

    public CancellationToken Ct => ct;

    /// <summary>For calls of services: none has a deadline beside the services' own.</summary>
    public Call Call => Call.Until(ct);

    /// <summary>The open node's functions.</summary>
    public LoadTarget Services => _services ?? throw new InvalidOperationException("The node is not open.");

    /// <summary>The open node's home pages, as bytes.</summary>
    public HomePages Pages => _pages ?? throw new InvalidOperationException("The node is not open.");

    /// <summary>What the open node counts.</summary>
    public PipelineMeters Meters => _meters ?? throw new InvalidOperationException("The node is not open.");

    /// <summary>What was built, once it is.</summary>
    public BuiltWorld? World { get; private set; }

    /// <summary>To be called while the node is down after a kill.</summary>
    public void WhileDown() => sabotage.WhileDown(directory);

    /// <summary>Builds a world, opens a node whose follows are the world's, and gives its accounts their rows and
    /// empty inboxes.</summary>
    public async Task<T> BuildAsync<T>(Func<T> build, TimelinesOptions? timelines = null)
        where T : IWorld
    {
        var started = time.GetTimestamp();
        live.Step("building the world: who follows whom");
        var world = await Task.Run(build, ct);
        await OpenAsync(new NodeOptions(directory) { Follows = world.Graph, Timelines = timelines ?? new() });
        live.Step("building the world: accounts");
        foreach (var names in world.Usernames.Chunk(AccountsPerBatch))
        {
            var drafts = Array.ConvertAll(names, name => new AccountDraft(name, name, time.GetUtcNow()));
            await Services.Users.Import(new ImportAccounts(drafts), Call);
        }
        live.Step("building the world: inboxes");
        var active = new AccountId(world.Active);
        await Services.Timelines.Activate(new ActivateInboxes(active), Call);
        Built(world.Accounts, world.Follows, started);
        return world;
    }

    /// <summary>Notes for the report what was built.</summary>
    /// <param name="started">A timestamp.</param>
    public void Built(long accounts, long follows, long started) =>
        World = new BuiltWorld(accounts, follows, time.GetElapsedTime(started));

    /// <summary>Opens a node on the directory.</summary>
    public async Task OpenAsync(NodeOptions options)
    {
        var tools = NodeTools.ForCommand();
        _meters = new PipelineMeters(tools.Meters);
        _node = await Node.OpenAsync(options, tools, ct);
        _services = sabotage.Services(new LoadTarget(_node.Users, _node.Graph, _node.Posts, _node.Timelines));
        _pages = new HomePages(
            _node.Web with { Timelines = _services.Timelines },
            new WebOptions { PublicUrl = _url, FragmentCacheBytes = FragmentCacheBytes });
        live.Watch(_meters);
    }

    /// <summary>Closes the node, if it is open.</summary>
    public async ValueTask DisposeAsync()
    {
        live.Watch(null);
        if (_node is not null) await _node.DisposeAsync();
        _meters?.Dispose();
        (_node, _services, _pages, _meters) = (null, null, null, null);
    }
}

/// <summary>The world that a scenario played in.</summary>
internal sealed record BuiltWorld(long Accounts, long Follows, TimeSpan Took);
