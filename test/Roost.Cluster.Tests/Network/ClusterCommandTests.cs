using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Roost.Cluster.Tests.Crash;
using Xunit;

namespace Roost.Cluster.Tests.Network;

/// <summary>What <c>roost cluster</c> starts, over real engines, as somebody who tries it does.</summary>
public sealed class ClusterCommandTests(SharedCluster cluster, ITestOutputHelper output) : IClassFixture<SharedCluster>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_answers_and_goes_on_without_what_is_killed()
    {
        await cluster.StartAsync(Ct);
        using var http = new HttpClient { BaseAddress = cluster.Url };
        Assert.Equal(HttpStatusCode.OK, await AskAsync(http));

        var status = await RoostProcess.RunAsync(Ct, "cluster", "status", "--data", cluster.Data, "--json");
        // On a busy machine a process that was just started may not tell in time how it is.
        for (var again = 0; again < 5 && status.ExitCode != 0; again++)
            status = await RoostProcess.RunAsync(Ct, "cluster", "status", "--data", cluster.Data, "--json");
        Assert.True(status.ExitCode == 0, $"{status}");
        var parts = JsonDocument.Parse(status.Output).RootElement.GetProperty("parts").EnumerateArray()
            .ToDictionary(part => NameOf(part), part => part.GetProperty("state").GetString());
        string[] etcd = Programs.Etcd is null ? [] : ["etcd"];
        string[] redis = Programs.HasRedis ? ["redis-1", "redis-2", "redis-3"] : [];
        Assert.Equal(
            [
                .. etcd, "gateway-1", "gateway-2", "graph", "media", "media-2", "postgres", .. redis, "users", "users-2",
                "web", "web-2",
            ],
            parts.Keys.Order());
        Assert.All(parts, part => Assert.Contains(part.Value, (string?[])["ready", "runs", "standing by"]));
        Assert.Equal(3, parts.Count(part => part.Value == "standing by"));

        var before = ClusterRecord.Read(cluster.Data)!;
        Assert.True(before.Runs);
        // As kill -9 does: web, and then the database under it.
        foreach (var name in (string[])["web", "postgres"])
        {
            var part = before.Parts.Single(part => part.Name == name);
            using (var process = System.Diagnostics.Process.GetProcessById(part.Process!.Value)) process.Kill();
            await cluster.Up.SaysAsync($"{name} (process {part.Process}) ended by itself with 137.", Ct);
        }
        while (await AskAsync(http) != HttpStatusCode.OK || !AllRun(cluster.Data)) Ct.ThrowIfCancellationRequested();
        var after = ClusterRecord.Read(cluster.Data)!.Parts;
        // One that takes the other's place just when the database goes away ends as well.
        Assert.All(before.Parts.Zip(after).Where(pair => pair.First.Name != "web-2"), pair => Assert.Equal(
            pair.First.Starts + (pair.First.Name is "web" or "postgres" ? 1 : 0), pair.Second.Starts));

        var second = await RoostProcess.RunAsync(Ct, "cluster", "up", "--data", cluster.Data);
        Assert.Equal(3, second.ExitCode);
        Assert.Contains("A cluster runs in", second.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("web")]
    [InlineData("users")]
    public async Task Who_stands_by_takes_the_place_of_one_that_is_killed_and_nothing_acknowledged_is_lost(string role)
    {
        await cluster.StartAsync(Ct);
        using var client = new Client(cluster.Url);
        using var http = new HttpClient { BaseAddress = cluster.Url };
        // Another test may have ended one a moment ago.
        foreach (var one in (string[])["users", "web"]) await OneStandsByAsync(one);
        var token = await client.JoinAsync($"ada_{role}", Ct);
        var first = await PostAsync("before");
        var served = ClusterRecord.Read(cluster.Data)!.Serving(role);

        using (var process = System.Diagnostics.Process.GetProcessById(served.Process!.Value)) process.Kill();
        var start = TimeProvider.System.GetTimestamp();
        // Nobody is there, and the gateway waits. With the key of a post that is there it is the same one.
        var second = await PostAsync("after");
        output.WriteLine($"Posted {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.00} s after the kill.");

        Assert.Equal(first, await PostAsync("before"));
        var home = await client.GetAsync("/api/v1/timelines/home", token, Ct);
        Assert.True(home.IsSuccess, $"{home}");
        Assert.Equal([second, first], home.Json.EnumerateArray().Select(post => post.GetProperty("id").GetString()));
        Assert.NotEqual(served.Process, ClusterRecord.Read(cluster.Data)!.Serving(role).Process);
        // The next test is to find all of the cluster.
        await OneStandsByAsync(role);

        Task<string> PostAsync(string text) => PostOnceAsync(http, token, text, $"{role} {text}");
    }

    [Fact]
    public async Task A_stream_that_breaks_at_a_take_over_goes_on_through_the_gateway_without_loss_or_doubling()
    {
        await cluster.StartAsync(Ct);
        using var client = new Client(cluster.Url);
        using var http = new HttpClient { BaseAddress = cluster.Url };
        foreach (var one in (string[])["users", "web"]) await OneStandsByAsync(one);
        var token = await client.JoinAsync("ada_streams", Ct);
        var posted = new List<string>();
        using var events = new EventsOfHome(cluster.Url, token);
        await events.OpenAsync(Ct);
        using var socket = await ConnectAsync(token);
        for (var i = 0; i < 3; i++) await PostAsync();
        while (events.Told.Count < 2) Assert.True(await events.ReadAsync(Ct));
        Assert.Contains(posted[0], await ReadAsync(socket), StringComparison.Ordinal);

        using (var process = System.Diagnostics.Process.GetProcessById(
            ClusterRecord.Read(cluster.Data)!.Serving("web").Process!.Value))
        {
            process.Kill();
        }
        var start = TimeProvider.System.GetTimestamp();
        while (await events.ReadAsync(Ct)) { }
        for (var i = 0; i < 3; i++) await PostAsync();
        await events.OpenAsync(Ct);
        using var other = await ConnectAsync(token);
        output.WriteLine($"Listening again {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.00} s after the kill.");
        await PostAsync();
        while (events.Told.Count < posted.Count) Assert.True(await events.ReadAsync(Ct));

        Assert.Equal(posted, events.Told);
        // WebSockets have no places to go on from.
        Assert.Contains(posted[^1], await ReadAsync(other), StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<WebSocketException>(async () =>
        {
            while (true) await ReadAsync(socket);
        });
        // The next test is to find all of the cluster.
        await OneStandsByAsync("web");

        async Task PostAsync() => posted.Add(
            await PostOnceAsync(http, token, $"number {posted.Count}", $"streams {posted.Count}"));
    }

    /// <summary>Waits for as long as nobody serves.</summary>
    private async Task<ClientWebSocket> ConnectAsync(string token)
    {
        while (true)
        {
            var socket = new ClientWebSocket();
            try
            {
                await socket.ConnectAsync(
                    new Uri($"ws://{cluster.Url.Authority}/api/v1/streaming?stream=user&access_token={token}"), Ct);
                return socket;
            }
            catch (WebSocketException)
            {
                socket.Dispose();
                Ct.ThrowIfCancellationRequested();
            }
        }
    }

    private static async Task<string> ReadAsync(ClientWebSocket socket)
    {
        var bytes = new byte[64 << 10];
        var length = 0;
        while (true)
        {
            var piece = await socket.ReceiveAsync(bytes.AsMemory(length), Ct);
            if (piece.MessageType == WebSocketMessageType.Close) throw new WebSocketException("It was closed.");
            length += piece.Count;
            if (piece.EndOfMessage) return Encoding.UTF8.GetString(bytes, 0, length);
        }
    }

    /// <summary>Posts once, however often it has to be sent.</summary>
    private static async Task<string> PostOnceAsync(HttpClient http, string token, string text, string key)
    {
        while (true)
        {
            // With its length, so that the gateway holds it and can send it again.
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/statuses")
            {
                Content = new FormUrlEncodedContent([new("status", text)]),
            };
            request.Headers.Authorization = new("Bearer", token);
            request.Headers.Add("Idempotency-Key", key);
            using var reply = await http.SendAsync(request, Ct);
            var body = await reply.Content.ReadAsStringAsync(Ct);
            // Only where the machine has so much to do that the gateway has waited long enough.
            if (reply.StatusCode == HttpStatusCode.ServiceUnavailable) continue;
            Assert.True(reply.IsSuccessStatusCode, $"{text}: {reply.StatusCode} {body}");
            return JsonDocument.Parse(body).RootElement.GetProperty("id").GetString()!;
        }
    }

    [Fact]
    public async Task What_is_replayed_through_the_gateway_is_what_the_source_says_also_when_it_is_played_again()
    {
        await cluster.StartAsync(Ct);
        const int Accounts = 60;
        // Numbers that no other network here has: names are made of them.
        const int First = 9_000_000;
        var random = new Random(20120704);
        var edges = Path.Combine(Path.GetDirectoryName(cluster.Data)!, "edges.txt");
        await File.WriteAllLinesAsync(
            edges,
            Enumerable.Range(0, 900).Select(_ => string.Create(
                CultureInfo.InvariantCulture, $"{First + random.Next(Accounts)} {First + random.Next(Accounts)}")), Ct);
        string[] play = ["edges", edges, "--posts", "1000", "--bulk"];

        await ReplaysAsync(Accounts, [.. play, "--verify", "15"]);
        await ReplaysAsync(Accounts, [.. play, "--verify", "5"]);
    }

    [Fact]
    public async Task The_first_activities_of_Higgs_replayed_through_the_gateway_are_what_the_source_says()
    {
        var files = Environment.GetEnvironmentVariable("ROOST_DATA");
        Assert.SkipWhen(string.IsNullOrEmpty(files), "ROOST_DATA is not set: the real Higgs files are not played.");
        await cluster.StartAsync(Ct);

        await ReplaysAsync(
            100, "higgs", "--from", files!, "--first", "100000", "--bulk", "--verify", "100");
    }

    /// <summary>The whole list takes minutes: <c>roost cluster drill</c> without <c>--only</c>. What is killed under load
    /// apart from a cluster is in <see cref="Crash"/>.</summary>
    [Fact]
    public async Task Nothing_acknowledged_is_lost_while_processes_are_killed_and_stopped()
    {
        await cluster.StartAsync(Ct);

        var drill = await RoostProcess.RunAsync(
            Ct, "cluster", "drill", "--data", cluster.Data, "--only", "gateway-2", "--rate", "50",
            "--stop-seconds", "1", "--json");

        output.WriteLine(drill.Output);
        Assert.True(drill.ExitCode is 0 or 1, $"{drill}");
        var report = JsonDocument.Parse(drill.Output).RootElement;
        Assert.Empty(report.GetProperty("wrong").EnumerateArray());
        Assert.True(report.GetProperty("acknowledged").GetInt32() > 100, drill.Output);
        var rows = report.GetProperty("rows").EnumerateArray().ToDictionary(
            row => row.GetProperty("fault").GetString()!,
            row => row.GetProperty("errors").EnumerateObject().Select(error => error.Name).ToArray());
        Assert.Equal(3, rows.Count);
        // How fast all is well again depends on the machine. So does whether one gateway lets in what two did: what it
        // refuses is answered, and nobody who has two addresses meets a connection that is not.
        foreach (var fault in (string[])["restart gateway-2", "kill gateway-2"])
            Assert.DoesNotContain(rows[fault], kind => kind != "HTTP 503");
    }

    [Fact]
    public async Task Without_etcd_processes_find_each_other_through_a_file_and_streams_and_timelines_apart_outlive_posts()
    {
        if (Programs.Missing is { } missing) Assert.Skip(missing);
        using var scratch = SharedCluster.Open();
        await using var up = SharedCluster.Start(
            scratch, gateways: 1, "--etcd-members", "0", "--webs", "2", "--timelines", "2", "--pushes", "1",
            "--notifications");
        await up.SaysAsync("Processes find each other through the file ", Ct);
        var url = (await up.SaysAsync("The network is at ", Ct)).Split(' ')[4].TrimEnd('.');
        using var client = new Client(new Uri(url));
        var token = await client.JoinAsync("ada", Ct);
        var bob = await client.JoinAsync("bob", Ct);
        var before = ClusterRecord.Read(scratch.Data)!;
        Assert.DoesNotContain(before.Parts, part => part.Role == "etcd");

        // Where it comes back the others are told by the file alone.
        await KilledAsync("users");
        while (!(await client.GetAsync("/api/v1/accounts/verify_credentials", token, Ct)).IsSuccess)
            Ct.ThrowIfCancellationRequested();

        using var http = new HttpClient { BaseAddress = new Uri(url) };
        using var events = new EventsOfHome(new Uri(url), token);
        await events.OpenAsync(Ct);
        List<string> posted = [await PostOnceAsync(http, token, "before", "before")];
        Assert.Equal(posted, await HomeAsync());
        await KilledAsync("posts");
        Assert.Equal(posted, await HomeAsync());
        // Whichever of the two it comes by is told where posts are by then, and the stream was never broken.
        for (var i = 0; i < 4; i++) posted.Add(await PostOnceAsync(http, token, $"after {i}", $"after {i}"));
        while (events.Told.Count < posted.Count) Assert.True(await events.ReadAsync(Ct));
        Assert.Equal(posted, events.Told);
        Assert.Equal(posted, await HomeAsync());
        foreach (var one in (string[])["timelines-1", "timelines-2"])
        {
            await KilledAsync(one);
            posted.Add(await PostOnceAsync(http, token, one, one));
            Assert.Equal(posted, await HomeAsync());
        }

        // What happened meanwhile it tells when it is back.
        await KilledAsync("notifications");
        posted.Add(await PostOnceAsync(http, token, "hello @bob", "hello"));
        Assert.Equal(posted[^1], await MentionAsync());

        // What one process had goes on at others: streams at web when nobody has nothing else.
        foreach (var one in (string[])["push-1", "web-1"])
        {
            await KilledAsync(one);
            posted.Add(await PostOnceAsync(http, token, one, one));
            while (events.Told.Count < posted.Count)
            {
                if (!await events.ReadAsync(Ct)) await events.OpenAsync(Ct);
            }
            Assert.Equal(posted, events.Told);
        }

        up.Stop();
        Assert.Equal(0, (await up.EndAsync(Ct)).ExitCode);

        async Task<IEnumerable<string?>> HomeAsync()
        {
            var home = await client.GetAsync("/api/v1/timelines/home", token, Ct);
            Assert.True(home.IsSuccess, $"{home}");
            return home.Json.EnumerateArray().Select(post => post.GetProperty("id").GetString()).Reverse();
        }

        async Task<string?> MentionAsync()
        {
            while (true)
            {
                var told = await client.GetAsync("/api/v1/notifications?types[]=mention", bob, Ct);
                if (told.IsSuccess && told.Json.GetArrayLength() > 0)
                    return Assert.Single(told.Json.EnumerateArray()).GetProperty("status").GetProperty("id").GetString();
                Assert.True(told.IsSuccess || told.Status == HttpStatusCode.ServiceUnavailable, $"{told}");
            }
        }

        async Task KilledAsync(string name)
        {
            var part = before.Parts.Single(part => part.Name == name);
            using (var process = System.Diagnostics.Process.GetProcessById(part.Process!.Value)) process.Kill();
            await up.SaysAsync($"{name} (process {part.Process}) ended by itself with 137.", Ct);
        }
    }

    [Fact]
    public async Task What_is_left_of_a_cluster_whose_first_process_was_killed_is_ended()
    {
        if (Programs.Missing is { } missing) Assert.Skip(missing);
        using var scratch = SharedCluster.Open();
        var left = await LeftOfAsync(scratch, "The network is at ");
        Assert.False(left.Runs);
        Assert.All(left.Parts, part => Assert.True(part.Runs));

        var down = await RoostProcess.RunAsync(Ct, "cluster", "down", "--data", scratch.Data);

        Assert.True(down.ExitCode == 0, $"{down}");
        Assert.Contains($"{left.Parts.Count} processes have ended.", down.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(left.Parts, part => part.Runs);
    }

    [Fact]
    public async Task What_is_left_of_a_cluster_whose_first_process_was_killed_while_it_started_is_ended_by_the_next()
    {
        if (Programs.Missing is { } missing) Assert.Skip(missing);
        using var scratch = SharedCluster.Open();
        // Web waits for it, and so is there, and not ready.
        var left = await LeftOfAsync(scratch, "users (process ");
        Assert.Contains(left.Parts, part => part is { Name: "web", Runs: false, Alive: not null });
        var count = left.Parts.Count(part => part.Alive is not null);

        await using var again = SharedCluster.Start(scratch, gateways: 1);
        await again.SaysAsync($"{count} processes have ended that an earlier cluster had left here.", Ct);

        Assert.DoesNotContain(left.Parts, part => part.Alive is not null);
        again.Stop();
        Assert.Equal(0, (await again.EndAsync(Ct)).ExitCode);
        Assert.DoesNotContain(ClusterRecord.Read(scratch.Data)!.Parts, part => part.Alive is not null);
    }

    [Fact]
    public async Task Wrong_uses_say_what_to_do()
    {
        using var scratch = new Scratch();
        Directory.CreateDirectory(scratch.Data);
        await File.WriteAllTextAsync(Path.Combine(scratch.Data, "letter"), "dear", Ct);
        await SaysAsync("had no cluster before", 2, "cluster", "up", "--data", scratch.Data);
        await SaysAsync("needs a port", 2, "cluster", "up", "--listen", "http://127.0.0.1:0");
        await SaysAsync("--gateways must be from 1 to 16", 2, "cluster", "up", "--gateways", "17");
        await SaysAsync("--etcd-members must be 0, 1, 3 or 5", 2, "cluster", "up", "--etcd-members", "2");
        await SaysAsync("--timelines needs --webs", 2, "cluster", "up", "--timelines", "1");
        await SaysAsync("--timelines must be from 1 to 16, or here", 2, "cluster", "up", "--timelines", "there");
        string[] web = ["serve", "web", "--posts", "http://127.0.0.1:1", "--listen", "http://127.0.0.1:0"];
        await SaysAsync("say where with --data", 2, [.. web, "--timelines", "here"]);
        await SaysAsync("with --timelines here", 2, [.. web, "--data", scratch.Data]);
        await SaysAsync("No cluster was started in", 3, "cluster", "status", "--data", scratch.Data);
        await SaysAsync("No cluster was started in", 3, "top", "--data", scratch.Data);
        await SaysAsync("Option '--data' is required", 2, "cluster", "down");
        Assert.True(File.Exists(Path.Combine(scratch.Data, "letter")));
    }

    [Fact]
    public async Task A_directory_that_is_closed_to_the_user_that_PostgreSQL_is_run_as_is_refused_with_what_to_do()
    {
        if (Programs.Missing is { } missing) Assert.Skip(missing);
        Assert.SkipUnless(Environment.UserName == "root", "PostgreSQL is run as the user that we are.");
        using var scratch = new Scratch();

        await SaysAsync($"who may not come to {scratch.Data}", 2, "cluster", "up", "--data", scratch.Data);

        Assert.False(Directory.Exists(Path.Combine(scratch.Data, "postgres", "data.new")));
    }

    /// <summary>Starts a cluster and kills its first process once that has said something; the reply is what it leaves
    /// behind.</summary>
    private static async Task<ClusterRecord> LeftOfAsync(Scratch scratch, string said)
    {
        await using var up = SharedCluster.Start(scratch, gateways: 1);
        await up.SaysAsync(said, Ct);
        await up.KillAsync(Ct);
        return ClusterRecord.Read(scratch.Data)!;
    }

    /// <summary>Plays to the cluster; the report must say that so many timelines were compared, without a
    /// difference.</summary>
    private async Task ReplaysAsync(int accounts, params string[] source)
    {
        var replay = await RoostProcess.RunAsync(Ct, ["replay", .. source, "--cluster", cluster.Data, "--json"]);
        output.WriteLine(replay.Output);
        Assert.True(replay.ExitCode == 0, $"{replay}");
        var report = JsonDocument.Parse(replay.Output).RootElement;
        Assert.Equal(0, report.GetProperty("online").GetProperty("failed").GetInt32());
        var verified = report.GetProperty("verify");
        Assert.True(verified.GetProperty("accounts").GetInt32() <= accounts);
        Assert.True(verified.GetProperty("posts").GetInt32() > 100);
        Assert.Equal(0, verified.GetProperty("differences").GetInt32());
    }

    private static async Task SaysAsync(string words, int exitCode, params string[] arguments)
    {
        var result = await RoostProcess.RunAsync(Ct, arguments);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, result.ExitCode);
    }

    /// <summary>Waits until one process of the role serves and another one can take its place.</summary>
    private async Task OneStandsByAsync(string role)
    {
        using var http = new HttpClient();
        while (true)
        {
            Ct.ThrowIfCancellationRequested();
            var states = new List<string>();
            foreach (var part in ClusterRecord.Read(cluster.Data)!.Parts.Where(part => part.Role == role))
            {
                if (part.Admin is null) continue;
                try
                {
                    using var reply = await http.GetAsync(new Uri(new Uri(part.Admin), "ready"), Ct);
                    states.Add((await reply.Content.ReadAsStringAsync(Ct)).Trim());
                }
                catch (HttpRequestException)
                {
                    states.Add("gone");
                }
            }
            if (states.Order(StringComparer.Ordinal).SequenceEqual(["ready", "standing by"])) return;
        }
    }

    private static bool AllRun(string directory) => ClusterRecord.Read(directory)!.Parts.All(part => part.Runs);

    private static string NameOf(JsonElement part) =>
        part.GetProperty("part").GetProperty("name").GetString() ?? "";

    private static async Task<HttpStatusCode> AskAsync(HttpClient http)
    {
        try
        {
            using var reply = await http.GetAsync("/api/v2/instance", Ct);
            return reply.StatusCode;
        }
        catch (HttpRequestException)
        {
            return HttpStatusCode.ServiceUnavailable;
        }
    }
}
