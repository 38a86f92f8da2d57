using System.CommandLine;
using System.Globalization;
using System.Net;
using Roost.Bench.Frame;
using Roost.Cluster;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;
using Roost.Services.Timelines;
using Roost.Services.Timelines.Redis;
using StackExchange.Redis;

namespace Roost.Bench.Inbox;

/// <summary>
/// Fan-out into inboxes in a Redis Cluster of three servers on this machine, beside bare client loops that send the
/// same commands to lists of their own in the same slots, and beside the usual client of .NET. All have the same
/// deliveries.</summary>
internal static class RedisInboxesBenchmark
{
    private const int EntriesAtStart = 700;
    private const int Followers = 64;
    private const int PostsPerTurn = 2_048;
    private const int PostsPerTurnQuick = 64;

    private static readonly Option<int> _accounts = new("--accounts")
    {
        Description = "How many have an inbox.",
        DefaultValueFactory = _ => 20_000,
    };

    public static Command Verb() => Verbs.Create(
        "redis-inboxes",
        "Appends to inboxes in Redis beside a bare client loop of the same commands and beside StackExchange.Redis, "
            + "over three servers that it starts (Debian: redis-server). Example: roost-bench redis-inboxes --rounds 5",
        RunAsync, _accounts);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        var directory = Directory.CreateTempSubdirectory("roost-bench-redis-").FullName;
        var engine = new RedisEngine(directory, ClusterPlan.FreeAddress());
        var servers = await Task.WhenAll(
            Enumerable.Range(0, RedisEngine.Servers).Select(server => engine.StartAsync(server, ct)));
        try
        {
            var accounts = settings.Quick ? 1_000 : parsed.GetValue(_accounts);
            return await MeasureAsync(engine, accounts, settings, ct);
        }
        finally
        {
            foreach (var server in servers)
                await server.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<Report> MeasureAsync(
        RedisEngine engine, int accounts, BenchSettings settings, CancellationToken ct)
    {
        await using var ours = await OurSide.StartAsync(engine, accounts, ct);
        var world = new World(accounts, settings.Quick ? PostsPerTurnQuick : PostsPerTurn, ours.ServerOf);
        var bare = Enumerable.Range(0, RedisEngine.Servers)
            .Select(server => new BareRedis(engine.Endpoint(server))).ToArray();
        byte[][] names = [.. Enumerable.Range(0, InboxKeys.Groups).Select(group => BareRedis.NameOf(ours.Keys, group))];
        for (var server = 0; server < bare.Length; server++)
        {
            bare[server].Load(
                ours.Keys,
                Enumerable.Range(1, accounts)
                    .Where(account => ours.ServerOf[account % InboxKeys.Groups] == server), EntriesAtStart);
        }
        await using var usual = await ConnectionMultiplexer.ConnectAsync(
            new ConfigurationOptions { EndPoints = { engine.Endpoint(0) }, AsyncTimeout = 60_000 });
        var measured = await Rounds.RunAsync(
            settings,
            [
                new Subject("Roost's inboxes", () => ours.DeliverAsync(world.NextTurn(), ct)),
                new Subject("bare loop, one thread", () => AppendInTurns(bare, names, world)),
                new Subject("bare loop, a thread a server", () => new ValueTask<long>(AppendAsync(bare, names, world))),
                new Subject(
                    "StackExchange.Redis, 4,096 at a time",
                    () => new ValueTask<long>(AppendAsync(usual.GetDatabase(), names, world))),
            ], ct);
        var best = measured[1..3].MinBy(one => one.Nanoseconds)!;
        var report = new Report("Appends to inboxes in a Redis Cluster of three servers, all on this machine");
        report.AddRounds($"{accounts:#,0} inboxes, {world.Appends:#,0} appends a turn", "append", measured, best);
        report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"Roost reaches {measured[0].TimesAsFastAs(best):0.00} of the best bare loop, StackExchange.Redis "
            + $"{measured[3].TimesAsFastAs(best):0.00}."));
        foreach (var one in bare)
            one.Dispose();
        return report;
    }

    private static ValueTask<long> AppendInTurns(BareRedis[] bare, byte[][] names, World world)
    {
        var parts = world.Split(world.NextTurn());
        return new(bare.Select((one, server) => one.Append(names, parts[server])).Sum());
    }

    private static async Task<long> AppendAsync(BareRedis[] bare, byte[][] names, World world)
    {
        var parts = world.Split(world.NextTurn());
        return (await Task.WhenAll(bare.Select(
            (one, server) => Task.Run(() => one.Append(names, parts[server]))))).Sum();
    }

    private static async Task<long> AppendAsync(IDatabase redis, byte[][] names, World world)
    {
        const int AtOnce = 4_096;
        var made = 0L;
        foreach (var some in world.Split(world.NextTurn()).SelectMany(part => part).Chunk(AtOnce))
        {
            var lengths = await Task.WhenAll(some.Select(pair => redis.ListLeftPushAsync(
                KeyOf((int)pair), (long)(pair >> 32), When.Exists)));
            made += lengths.Count(length => length > 0);
            await Task.WhenAll(some.Zip(lengths).Where(one => one.Second > InboxArena.Capacity + 200)
                .Select(one => redis.ListTrimAsync(KeyOf((int)one.First), 0, InboxArena.Capacity - 1)));
        }
        return made;

        RedisKey KeyOf(int account)
        {
            var name = names[account % InboxKeys.Groups];
            var key = new byte[name.Length + 10];
            name.CopyTo(key, 0);
            account.TryFormat(key.AsSpan(name.Length), out var digits, default, CultureInfo.InvariantCulture);
            return key[..(name.Length + digits)];
        }
    }

    /// <summary>Posts of people with so many followers each, the same for all subjects but for their seqs.</summary>
    private sealed class World(int accounts, int posts, int[] serverOf)
    {
        private readonly SortedIds[] _audiences = Audiences(accounts, posts);
        private readonly TurnPlan _plan = new();
        private readonly AbsentInboxes _none = new();
        private uint _seq = EntriesAtStart;

        public long Appends => _audiences.Sum(audience => (long)audience.Count);

        public Delivery[] NextTurn() => Array.ConvertAll(_audiences, audience => new Delivery(++_seq, audience));

        /// <summary>The pairs of a turn, for each server.</summary>
        public List<ulong>[] Split(Delivery[] turn)
        {
            _plan.Clear();
            _plan.Add(turn, _none);
            var parts = Enumerable.Range(0, RedisEngine.Servers).Select(_ => new List<ulong>()).ToArray();
            for (var group = 0; group < InboxKeys.Groups; group++)
                parts[serverOf[group]].AddRange(_plan.Pairs(group));
            return parts;
        }

        private static SortedIds[] Audiences(int accounts, int posts)
        {
            var random = new Random(1);
            return [.. Enumerable.Range(0, posts).Select(_ => SortedIds.FromUnsorted(
                [.. Enumerable.Range(0, Followers).Select(_ => 1 + random.Next(accounts))]))];
        }
    }

    /// <summary>What fan-out does with a turn, once it knows the audiences.</summary>
    private sealed class OurSide : IAsyncDisposable
    {
        private readonly RedisLines _lines;
        private readonly RedisWriter _writer;
        private readonly TurnPlan _plan = new();

        private OurSide(RedisEngine engine)
        {
            var options = new RedisOptions(RedisServers.Parse(engine.Place));
            Keys = new InboxKeys(options.Network);
            _lines = new RedisLines(options.Servers, Keys, "bench", TimeProvider.System);
            _writer = new RedisWriter(
                _lines, Keys, options, TimeProvider.System, new TimelinesMetrics(new BenchMeters()));
        }

        public InboxKeys Keys { get; }

        /// <summary>Of each group.</summary>
        public int[] ServerOf { get; } = new int[InboxKeys.Groups];

        public static async Task<OurSide> StartAsync(RedisEngine engine, int accounts, CancellationToken ct)
        {
            var side = new OurSide(engine);
            for (var group = 0; group < InboxKeys.Groups; group++)
            {
                await side._writer.RenewAsync(group, EntriesAtStart, 0, [], ct);
                var port = ((IPEndPoint)side._writer.Group(group).Line!.Server).Port;
                side.ServerOf[group] = Enumerable.Range(0, RedisEngine.Servers)
                    .First(server => engine.Endpoint(server).EndsWith($":{port}", StringComparison.Ordinal));
            }
            uint[] entries = [.. Enumerable.Range(1, EntriesAtStart).Reverse().Select(seq => (uint)seq)];
            for (var account = 1; account <= accounts; account++)
            {
                var word = side._writer.Group(account % InboxKeys.Groups).Mark!.Value.Word;
                await side._writer.InstallAsync(
                    new AccountId(account), new InboxHeader(word, 0, 0), entries, TimeSpan.FromDays(1));
            }
            return side;
        }

        public ValueTask<long> DeliverAsync(Delivery[] turn, CancellationToken ct)
        {
            _plan.Clear();
            _plan.Add(turn, _writer.Absent);
            var upTo = turn[^1].Seq;
            return _writer.DeliverAsync(_plan, mark => mark with { UpTo = upTo }, [], ct);
        }

        public ValueTask DisposeAsync() => _lines.DisposeAsync();
    }
}
