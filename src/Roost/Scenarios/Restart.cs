using System.Globalization;
using System.Text;
using Roost.Composition;
using Roost.Replay;
using Roost.Replay.Loading;
using Roost.Replay.Online;
using Roost.Replay.Verifying;
using Roost.Rpc;
using Roost.Scenarios.Loads;
using Roost.Services.Users;
using Roost.World;

namespace Roost.Scenarios;

/// <summary>
/// The power goes, or nearly: a real <c>roost up</c> with millions of posts is killed with SIGKILL while people post,
/// and started again. Everything that was acknowledged must be there, every timeline whole, and soon.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>The world is loaded into a data directory through the services, follows and all, and everybody gets a token.
/// </item>
/// <item>A child process serves it. Sixteen clients post through the client API, each post with an idempotency key; at
/// a moment drawn by the seed the child is killed.</item>
/// <item>It is started again on the same port. The clock runs from here: until the first home timeline is served, and
/// until all are, one request for each account.</item>
/// <item>Clients whose answer was lost have meanwhile sent the same post with the same key again. So now exactly what
/// they sent must be there, once: sampled timelines are compared with a naive model, in all ways of paging, and each
/// acknowledged post is asked for by its id.</item>
/// </list>
/// </remarks>
internal static class Restart
{
    private const double FollowsMean = 20;
    private const int Connections = 16;
    private const int SampledTimelines = 100;
    private static readonly TimeSpan _firstMark = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _firstMoonshot = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _allMark = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _allMoonshot = TimeSpan.FromSeconds(5);

    public static Scenario Scenario { get; } = new(
        "restart",
        "kill -9 under load with ten million posts, back up: nothing lost, no hole, and how soon is everybody served?",
        new ScenarioSizes(Accounts: 100_000, Posts: 10_000_000, Seconds: 5),
        new SizeWords(
            Accounts: "accounts of the world, each with 20 followers on average",
            Seconds: "the kill comes within so many seconds of load",
            Posts: "posts, replies and boosts that are there before"),
        Scale,
        PlayAsync);

    private static ScenarioSizes Scale(WantedSizes wanted)
    {
        var sizes = Scenario.FullSize.With(wanted);
        ScenarioSizes.Require("--accounts", sizes.Accounts, 100, 1_000_000);
        ScenarioSizes.Require("--posts", sizes.Posts, 0, WorldOptions.PostsMax);
        ScenarioSizes.Require("--seconds", sizes.Seconds, 1, 60);
        return sizes;
    }

    private static async Task PlayAsync(Stage stage)
    {
        var started = stage.Time.GetTimestamp();
        stage.Live.Step("building the world: who follows whom, who posts");
        var network = WorldGenerator.Generate(new WorldOptions
        {
            Accounts = stage.Sizes.Accounts,
            Posts = stage.Sizes.Posts,
            Seed = stage.Seed,
            FollowsPerAccount = FollowsMean,
        });
        var accounts = await LoadAsync(stage, network);
        stage.Built(accounts.Length, network.Follows.Length, started);

        await using var first = await NodeProcess.StartAsync(stage.Directory, 0, stage.Ct);
        using var clients = new RestartClients(stage, network, accounts, first.Url);
        stage.Live.Step("people post");
        var posting = clients.PostAsync();
        var random = SplitMix.For(stage.Seed, 11);
        await Task.Delay(
            TimeSpan.FromSeconds(stage.Sizes.Seconds * (0.5 + (random.NextUnit() / 2))), stage.Time, stage.Ct);
        await first.KillAsync(stage.Ct);
        clients.NoteKill();
        stage.WhileDown();

        stage.Live.Step("back up");
        var died = stage.Time.GetTimestamp();
        await using var second = await NodeProcess.StartAsync(stage.Directory, first.Url.Port, stage.Ct);
        var ready = stage.Time.GetElapsedTime(died);
        var (served, firstServed, allServed) = await ServeAllAsync(stage, accounts, second.Url, died);
        await posting;

        stage.Live.Step("accounting for every post");
        Tell(stage, clients, accounts.Length, served, ready, firstServed, allServed);
        await clients.AccountAsync();
        await VerifyAsync(stage, clients, accounts.Length);
    }

    /// <summary>Loads the network, and signs everybody in.</summary>
    private static async Task<OnlineAccount[]> LoadAsync(Stage stage, Network network)
    {
        await stage.OpenAsync(new NodeOptions(stage.Directory));
        var loader = new NetworkLoader(
            stage.Services, stage.Time,
            (step, done, total) => stage.Live.Step(string.Create(
                CultureInfo.InvariantCulture, $"building the world: {step}, {done:N0} of {total:N0}")))
        {
            // Nobody reads before the kill.
            GivesInboxes = false,
        };
        await loader.LoadAsync(network, stage.Time.GetTimestamp(), stage.Ct);
        stage.Live.Step("building the world: everybody signs in");
        var accounts = new OnlineAccount[network.Usernames.Length];
        var found = await stage.Services.Users.Find(new FindAccounts(network.Usernames), stage.Call);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 512, CancellationToken = stage.Ct };
        await Parallel.ForAsync(0, accounts.Length, parallel, async (i, ct) =>
        {
            var token = await stage.Services.Users.CreateToken(
                new CreateToken(0, found[i]!.Id, "read write follow"), Call.Until(ct));
            accounts[i] = new OnlineAccount(found[i]!.Id.ToString(), network.Usernames[i], token.Value);
        });
        await stage.DisposeAsync();
        return accounts;
    }

    /// <summary>Asks for everybody's home timeline, once, over a few connections that are always busy.</summary>
    private static async Task<(int Served, TimeSpan First, TimeSpan All)> ServeAllAsync(
        Stage stage, OnlineAccount[] accounts, Uri server, long since)
    {
        var (next, served, first) = (-1, 0, 0L);
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(AskAsync, stage.Ct)));
        return (served, TimeSpan.FromTicks(first), stage.Time.GetElapsedTime(since));

        async Task AskAsync()
        {
            using var connection = new HttpConnection();
            await connection.ConnectAsync(server, stage.Ct);
            while (Interlocked.Increment(ref next) is var i && i < accounts.Length)
            {
                var asked = stage.Time.GetTimestamp();
                var request = Encoding.ASCII.GetBytes(
                    $"GET /api/v1/timelines/home?limit=20 HTTP/1.1\r\nHost: {server.Authority}\r\n"
                    + $"Authorization: Bearer {accounts[i].Token}\r\nAccept: application/json\r\n\r\n");
                var reply = await connection.SendAsync(request, stage.Ct);
                if (reply.Status != 200) continue;
                Interlocked.Increment(ref served);
                Interlocked.CompareExchange(ref first, stage.Time.GetElapsedTime(since).Ticks, 0);
                stage.Live.Read(stage.Time.GetElapsedTime(asked));
            }
        }
    }

    private static void Tell(
        Stage stage, RestartClients clients, int accounts, int served, TimeSpan ready, TimeSpan first, TimeSpan all)
    {
        var verdict = stage.Verdict;
        verdict.AtMost("first_timeline", "first timeline served", _firstMark, _firstMoonshot, first);
        verdict.AtMost("all_timelines", "all timelines served", _allMark, _allMoonshot, all);
        verdict.Figure("ready", "ready, by its own line", ready);
        verdict.Exactly("timelines_served", "timelines served", accounts, served);
        verdict.Figure(
            "timelines_per_second", "timelines a second", Unit.PerSecond,
            served / Math.Max(1e-3, (all - first).TotalSeconds));
        verdict.Figure("acknowledged", "acknowledged before the kill", Unit.Count, clients.AcknowledgedBeforeKill);
        verdict.Figure("sent_again", "sent again after it", Unit.Count, clients.Sent - clients.AcknowledgedBeforeKill);
    }

    private static async Task VerifyAsync(Stage stage, RestartClients clients, int accounts)
    {
        stage.Live.Step("comparing timelines");
        var network = clients.NetworkAsPosted();
        var verifier = new HomeVerifier(
            network, new HomeModel(network), clients.Reader.ReadAsync, inSourceOrder: false, stage.Time);
        var sample = HomeVerifier.Sample([.. Enumerable.Range(0, accounts)], SampledTimelines, stage.Seed);
        var report = await verifier.VerifyAsync(sample, stage.Ct);
        stage.Verdict.Figure("timelines_compared", "timelines compared", Unit.Count, report.Accounts);
        stage.Verdict.Figure("timeline_posts_compared", "posts in them", Unit.Count, report.Posts);
        stage.Verdict.Exactly("timelines_different", "timelines that differ", 0, report.Difference is null ? 0 : 1);
        if (report.Difference is { } difference) stage.Verdict.Note($"Difference in the {difference}");
    }
}
