using System.CommandLine;
using System.Globalization;
using Roost.Bench.Frame;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Bench.Web;

/// <summary>
/// What apps read most, from the whole server over HTTP: each endpoint in turn with an endpoint of the same server that
/// answers with as many constant bytes under the same headers. The load generator shares the machine's cores with them.
/// </summary>
internal static class ApiBenchmark
{
    private const int Connections = 16;
    private const int Answers = 1_000;

    private static readonly string[] _names =
    [
        "home", "public", "account", "an account's posts", "relationships", "notifications", "a post",
        "context of many answers", "search, 20 posts", "search, 20 posts with two words",
    ];

    private static readonly Option<string?> _only = Verbs.CreateOnlyOption("endpoints", _names);

    public static Command Verb() => Verbs.Create(
        "api",
        "What apps read most, over HTTP, each against as many constant bytes from the same web server. "
        + "Example: roost-bench api --rounds 5 --only search",
        RunAsync, _only);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        await using var world = settings.Quick
            ? await HomePageWorld.OpenAsync(accounts: 300, posts: 3_000, readersMax: 20, _names.Length, ct)
            : await HomePageWorld.OpenAsync(accounts: 2_000, posts: 20_000, readersMax: 100, _names.Length, ct);
        var answers = settings.Quick ? 20 : Answers;
        var thread = await AnswerAsync(world, answers, ct);
        var author = world.Readers[0];
        var words = await SearchWords.FindAsync(world, settings.Quick ? 4 : 64, ct);
        string[][] paths =
        [
            [HomePageWorld.Path],
            ["/api/v1/timelines/public?limit=20"],
            [$"/api/v1/accounts/{author}"],
            [$"/api/v1/accounts/{author}/statuses?limit=20"],
            [$"/api/v1/accounts/relationships?id[]={author}&id[]={world.Readers[^1]}"],
            ["/api/v1/notifications?limit=20"],
            [$"/api/v1/statuses/{thread}"],
            [$"/api/v1/statuses/{thread}/context"],
            [.. words.Select(SearchWords.PathOf)],
            [.. words.Chunk(2).Select(pair => SearchWords.PathOf($"{pair[0]} OR {pair[^1]}"))],
        ];
        var endpoints = _names.Zip(paths, (name, some) => (Name: name, Paths: some))
            .Where(one => Verbs.IsWanted(one.Name, parsed.GetValue(_only))).ToArray();

        var report = new Report("What apps read most, over HTTP/1.1");
        var table = report.AddTable(
            $"Answers, {Connections} connections in turn", "endpoint", "answers/s", "p50 ms", "p99 ms", "bytes",
            "allocated/answer", "of constant bytes");
        var turn = TimeSpan.FromSeconds(settings.Quick ? 0.05 : 0.4);
        // The first endpoint would be measured in a server that is still being compiled.
        using (var first = await HttpLoad.ConnectAsync(
            world.Server.Url, endpoints[0].Paths, Connections, world.Tokens, ct))
        {
            await first.RunAsync(settings.Quick ? turn : TimeSpan.FromSeconds(8), ct);
        }
        for (var i = 0; i < endpoints.Length; i++)
        {
            var (name, own) = endpoints[i];
            await Console.Error.WriteLineAsync(name);
            await world.Constants[i].LearnAsync(world, own, ct);
            using var real = await HttpLoad.ConnectAsync(world.Server.Url, own, Connections, world.Tokens, ct);
            using var constant = await HttpLoad.ConnectAsync(
                world.Server.Url, world.Constants[i].Path, Connections, world.Tokens, ct);
            for (var warmUp = 0; warmUp < 3; warmUp++)
            {
                await real.RunAsync(turn, ct);
                await constant.RunAsync(turn, ct);
            }
            real.Forget();
            var measured = await Rounds.RunAsync(
                settings,
                [new Subject(name, () => real.RunAsync(turn, ct)), new Subject("", () => constant.RunAsync(turn, ct))],
                ct);
            table.Add(
                name, measured[0].PerSecond, real.Latencies.Milliseconds(0.5), real.Latencies.Milliseconds(0.99),
                real.BytesPerReply, measured[0].BytesPerOperation, measured[0].TimesAsFastAs(measured[1]));
        }
        report.Note(
            $"{world.Readers.Length} readers, {answers:N0} answers in the context. Load generator, servers and "
            + "services share this process and its cores; what an answer allocates is what all of them allocated.");
        return report;
    }

    /// <summary>A post of the first reader's that many answer; they name every reader in turn, who is told.</summary>
    private static async Task<PostId> AnswerAsync(HomePageWorld world, int answers, CancellationToken ct)
    {
        var posts = world.Server.Node.Posts;
        var call = Call.Until(ct);
        var post = await posts.Create(new CreatePost(world.Readers[0], "What do you read?"), call);
        for (var i = 0; i < answers; i++)
        {
            var reader = world.Readers[i % world.Readers.Length];
            var writer = world.Readers[(i + 1) % world.Readers.Length];
            var account = await world.Server.Node.Users.Get(new GetAccounts([reader]), call);
            var text = string.Create(CultureInfo.InvariantCulture, $"@{account[0]!.Username} answer number {i}");
            await posts.Create(new CreatePost(writer, text, InReplyTo: post.Id, Mentions: [reader]), call);
        }
        return post.Id;
    }
}
