using System.CommandLine;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Roost.Bench.Frame;
using Roost.Web.Bulk;

namespace Roost.Bench.Web;

/// <summary>
/// Posts over HTTP from many authors, each post with an idempotency key and answered when it is durable: thousands in a
/// request, and one in a request, over as many connections as asked for. Client, server and fan-out share the cores.
/// </summary>
internal static class BulkBenchmark
{
    private const int PostsPerRequest = 8_192;
    private const int Connections = 32;
    private const string Text = "Some hundred characters, as most posts have, which say this and that about the day.";

    public static Command Verb() => Verbs.Create(
        "bulk",
        "Posts over HTTP, thousands in a request against one in a request. Example: roost-bench bulk --rounds 5",
        RunAsync);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        await using var world = settings.Quick
            ? await HomePageWorld.OpenAsync(accounts: 300, posts: 3_000, readersMax: 20, ceilings: 1, ct)
            : await HomePageWorld.OpenAsync(accounts: 20_000, posts: 20_000, readersMax: 1_000, ceilings: 1, ct);
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = Connections };
        using var http = new HttpClient(handler) { BaseAddress = world.Server.Url };
        var poster = new Poster(world.Tokens, http);
        var (bulk, single) = settings.Quick ? (1, 200) : (8, 8_000);
        var measured = await Rounds.RunAsync(
            settings,
            [
                new Subject("8,192 a request, one connection", () => poster.ManyAsync(bulk, ct)),
                new Subject("one a request, 32 connections", () => poster.SinglyAsync(single, ct)),
            ],
            ct);
        var report = new Report("Posts over HTTP/1.1, durable, with keys");
        report.AddRounds("Posts", "post", measured, reference: measured[1]);
        report.Note($"{world.Tokens.Length} authors in turn, {Text.Length} characters a post; fan-out runs meanwhile.");
        return report;
    }

    private sealed class Poster(string[] tokens, HttpClient http)
    {
        private int _next;

        public async ValueTask<long> ManyAsync(int requests, CancellationToken ct)
        {
            for (var i = 0; i < requests; i++)
            {
                var body = new BulkBody();
                foreach (var token in tokens) body.AddAuthor(token);
                for (var post = 0; post < PostsPerRequest; post++)
                    body.AddPost(post % tokens.Length, Text, key: $"{_next++}");
                using var content = new ByteArrayContent(body.ToArray());
                content.Headers.ContentType = new MediaTypeHeaderValue(BulkFormat.ContentType);
                using var reply = await SendAsync(BulkFormat.Path, content, tokens[0], null, ct);
                var answer = BulkBody.ReadAnswer(await reply.Content.ReadAsByteArrayAsync(ct));
                if (answer.Count(one => one.Code == BulkCode.Made) != PostsPerRequest)
                    throw new InvalidOperationException($"Not all posts were made: {answer[^1]}.");
            }
            return requests * (long)PostsPerRequest;
        }

        public async ValueTask<long> SinglyAsync(int posts, CancellationToken ct)
        {
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = Connections, CancellationToken = ct };
            await Parallel.ForAsync(0, posts, parallel, async (i, token) =>
            {
                using var content = JsonContent.Create(new { status = Text });
                using var reply = await SendAsync(
                    "/api/v1/statuses", content, tokens[i % tokens.Length], $"{Interlocked.Increment(ref _next)}",
                    token);
                await reply.Content.ReadAsByteArrayAsync(token);
            });
            return posts;
        }

        private async Task<HttpResponseMessage> SendAsync(
            string path, HttpContent content, string token, string? key, CancellationToken ct)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            if (key is not null) request.Headers.Add("Idempotency-Key", key);
            var reply = await http.SendAsync(request, ct);
            return reply.EnsureSuccessStatusCode();
        }
    }
}
