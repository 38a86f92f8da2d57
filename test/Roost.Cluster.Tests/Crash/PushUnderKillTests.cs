using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Roost.Tests.Services.WebPush;
using Xunit;

namespace Roost.Cluster.Tests.Crash;

/// <summary>
/// The promise that whoever is to be told by a push message is told, put to the real process: it is killed while
/// messages wait at a push service that does not answer, and others are being made.
/// </summary>
/// <remarks>A message may come twice, when the kill lies between the service's answer and the disk. ROOST_CRASH_SEED
/// repeats what was drawn.</remarks>
public sealed class PushUnderKillTests(ITestOutputHelper output)
{
    private const int People = 8;
    private const int WithDeadDevice = 2;
    private const int Fans = 4;
    private const int PostsEach = 12;
    private const int Kills = 3;

    private readonly Channel<string> _taken = Channel.CreateUnbounded<string>();
    private readonly ConcurrentDictionary<string, Device> _devices = [];
    private volatile bool _answers;

    [Fact(Timeout = 5 * 60 * 1_000)]
    public async Task Every_message_reaches_its_device_however_often_the_process_is_killed()
    {
        Assert.SkipWhen(
            OperatingSystem.IsWindows(), "What a kill leaves behind is tested where processes are killed by signals.");
        var ct = TestContext.Current.CancellationToken;
        var seed = Environment.GetEnvironmentVariable("ROOST_CRASH_SEED") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : (int)(TimeProvider.System.GetTimestamp() & 0x3FFF_FFFF);
        output.WriteLine($"ROOST_CRASH_SEED={seed}");
        var random = new Random(seed);
        using var scratch = new Scratch();
        await using var service = await TestPushService.StartAsync();
        service.Answer = AnswerAsync;

        var process = await UpAsync(scratch, ct);
        var client = new Client(process.Url);
        try
        {
            var app = await client.AppTokenAsync(ct);
            var people = await JoinAllAsync(client, app, "writer", People, ct);
            var fans = await JoinAllAsync(client, app, "fan", Fans, ct);
            for (var i = 0; i < People; i++) await SubscribeAsync(client, service, people[i], i < WithDeadDevice, ct);
            var posts = await PostAllAsync(client, people, ct);

            var extra = 0;
            for (var kill = 0; kill < Kills; kill++)
            {
                _answers = false;
                var round = posts.Where((_, i) => i % Kills == kill).ToArray();
                await FavouriteAsync(client, fans, round, killAfter: random.Next(1, round.Length), process, ct);
                await process.EndAsync(ct);
                await process.DisposeAsync();
                client.Dispose();

                _answers = true;
                process = await UpAsync(scratch, ct);
                client = new Client(process.Url);
                await FavouriteAsync(client, fans, round, killAfter: int.MaxValue, process, ct);
                extra += await AllComeAsync(round, ct);
            }

            output.WriteLine($"{extra} of {posts.Count} messages came twice.");
            for (var i = 0; i < People; i++)
                await EndsUpAsync(client, people[i], i < WithDeadDevice ? HttpStatusCode.NotFound : HttpStatusCode.OK, ct);
        }
        finally
        {
            client.Dispose();
            await process.DisposeAsync();
            foreach (var device in _devices.Values) device.Dispose();
        }
    }

    private static Task<RoostProcess> UpAsync(Scratch scratch, CancellationToken ct) =>
        RoostProcess.UpAsync(scratch.Data, ct, "--push-to", "127.0.0.1");

    private static async Task<IReadOnlyList<Person>> JoinAllAsync(
        Client client, string app, string name, int count, CancellationToken ct)
    {
        var joined = new List<Person>();
        for (var i = 0; i < count; i++) joined.Add(await client.JoinAsync(app, $"{name}_{i}", ct));
        return joined;
    }

    private async Task SubscribeAsync(
        Client client, TestPushService service, Person person, bool isDead, CancellationToken ct)
    {
        var device = _devices[person.Username] = new Device();
        var reply = await client.PostAsync("/api/v1/push/subscription", person.Token, new
        {
            subscription = new
            {
                endpoint = service.EndpointOf((isDead ? "dead/" : "") + person.Username),
                keys = new { p256dh = Convert.ToBase64String(device.PublicKey), auth = Convert.ToBase64String(device.Auth) },
                standard = true,
            },
            data = new { alerts = new { favourite = true } },
        }, ct);
        Assert.True(reply.IsSuccess, $"The subscription of {person.Username} was answered {reply}");
    }

    /// <summary>Everybody's posts, those with a dead device first; what each says is who wrote it, and its number.</summary>
    private static async Task<IReadOnlyList<(long Id, string Says)>> PostAllAsync(
        Client client, IReadOnlyList<Person> people, CancellationToken ct)
    {
        var posts = new List<(long, string)>();
        foreach (var person in people)
        {
            for (var i = 0; i < PostsEach; i++)
            {
                var says = $"{person.Username} {i}";
                var reply = await client.PostAsync("/api/v1/statuses", person.Token, new { status = says }, ct);
                Assert.True(reply.IsSuccess, $"A post was answered {reply}");
                posts.Add((reply.Json.LongOf("id"), says));
            }
        }
        return posts;
    }

    /// <summary>Each post is favourited by one; the process is killed when so many of these are answered.</summary>
    private static async Task FavouriteAsync(
        Client client, IReadOnlyList<Person> fans, (long Id, string Says)[] posts, int killAfter, RoostProcess process,
        CancellationToken ct)
    {
        var answered = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, posts.Length),
            new ParallelOptions { MaxDegreeOfParallelism = fans.Count, CancellationToken = ct },
            async (i, inner) =>
            {
                var path = string.Create(CultureInfo.InvariantCulture, $"/api/v1/statuses/{posts[i].Id}/favourite");
                // One fan a post, so that a second try is the same favourite.
                var reply = await client.TrySendAsync(
                    HttpMethod.Post, path, fans[i % fans.Count].Token, new { }, null, inner);
                if (reply is { IsSuccess: true } && Interlocked.Increment(ref answered) == killAfter) process.Kill();
            });
    }

    /// <summary>Waits until each of these was told to a living device.</summary>
    /// <returns>How many came more than once.</returns>
    private async Task<int> AllComeAsync((long Id, string Says)[] posts, CancellationToken ct)
    {
        var missing = posts.Select(post => post.Says)
            .Where(says => int.Parse(says.Split('_', ' ')[1], CultureInfo.InvariantCulture) >= WithDeadDevice).ToHashSet();
        var extra = 0;
        while (missing.Count > 0)
        {
            var says = await _taken.Reader.ReadAsync(ct).AsTask().WaitAsync(TimeSpan.FromSeconds(60), ct);
            if (!missing.Remove(says)) extra++;
        }
        return extra;
    }

    private static async Task EndsUpAsync(Client client, Person person, HttpStatusCode expected, CancellationToken ct)
    {
        while (true)
        {
            var reply = await client.GetAsync("/api/v1/push/subscription", person.Token, ct);
            if (reply.Status == expected) return;
            Assert.True(
                reply.Status == HttpStatusCode.OK, $"The subscription of {person.Username} was answered {reply}");
        }
    }

    private async Task AnswerAsync(ReceivedPush push, HttpContext http)
    {
        // Until whoever asks is killed.
        if (!_answers) await new TaskCompletionSource().Task.WaitAsync(http.RequestAborted);
        if (push.Path.StartsWith("dead/", StringComparison.Ordinal))
        {
            http.Response.StatusCode = StatusCodes.Status410Gone;
            return;
        }
        var alert = JsonDocument.Parse(_devices[push.Path].Read(push)).RootElement;
        http.Response.StatusCode = StatusCodes.Status201Created;
        await _taken.Writer.WriteAsync(alert.TextOf("body"));
    }
}
