using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Routing;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web.Hostile;

/// <summary>
/// Every route under requests that are wrong in all ways that a seed can think of: nothing is answered 500, no client is
/// answered HTML, nobody is cut off, and memory does not grow. ROOST_FUZZ_SECONDS says for how long (5 unless told);
/// ROOST_FUZZ_SEED repeats a run.
/// </summary>
[Collection(nameof(Alone))]
public sealed class HostileInputTests(ITestOutputHelper output)
{
    /// <summary>Memory can be watched only while no other test runs in the process.</summary>
    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;

    private const long GrowthMax = 256L << 20;

    /// <summary>What Kestrel takes of a request's first line, less its method and version.</summary>
    private const int LineMax = 8_192 - 32;

    [Fact]
    public async Task Nothing_breaks_the_server()
    {
        var seconds = int.Parse(Environment.GetEnvironmentVariable("ROOST_FUZZ_SECONDS") ?? "5", CultureInfo.InvariantCulture);
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_FUZZ_SEED") ?? $"{Environment.ProcessId}", CultureInfo.InvariantCulture);
        output.WriteLine($"ROOST_FUZZ_SEED={seed} for {seconds} s");
        await using var server = await PopulatedServer.StartAsync();
        var ids = await FillAsync(server);
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        var routes = server.Routes.Where(IsAnswered).ToList();
        var random = new Random(seed);
        var values = new HostileValues(random, ids);
        var problems = new List<string>();
        var answers = new SortedDictionary<int, int>();
        long warm = 0;
        var sent = 0;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds && problems.Count < 20; sent++)
        {
            var token = random.Next(10) switch { < 7 => server["alice"], 7 => server["bob"], 8 => "forged", _ => null };
            using var request = HostileRequest.Make(server.Url, values.One(routes), values, () => token);
            var what = $"{request.Method} {Shortened(request.RequestUri!.OriginalString)} [{request.Content?.Headers.ContentType}]";
            problems.AddRange(await ProblemsAsync(client, request, what, answers));
            if (sent % 500 == 499) await RestoreAsync(server);
            if (sent == 1_000) warm = GC.GetTotalMemory(forceFullCollection: true);
        }

        output.WriteLine($"{sent} requests to {routes.Count} routes; answers by status: {string.Join(", ", answers)}");
        Assert.True(problems.Count == 0, $"Seed {seed}:\n{string.Join('\n', problems)}");
        // A fuzzer that is only turned away at the door tests the door.
        Assert.True(answers.GetValueOrDefault(200) * 10 > sent, "Hardly a request was taken seriously.");
        Assert.True(warm == 0 || GC.GetTotalMemory(forceFullCollection: true) - warm < GrowthMax, "Memory grew.");
        (await server.GetAsync("/api/v2/instance", token: null)).Is(HttpStatusCode.OK);
    }

    private static async Task<IReadOnlyList<string>> ProblemsAsync(
        HttpClient client, HttpRequestMessage request, string what, SortedDictionary<int, int> answers)
    {
        try
        {
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            answers[(int)response.StatusCode] = answers.GetValueOrDefault((int)response.StatusCode) + 1;
            if ((int)response.StatusCode >= 500) return [$"{what} → {(int)response.StatusCode} {Shortened(body)}"];
            if (request.RequestUri!.OriginalString.Contains("/api/", StringComparison.Ordinal) && IsHtml(response.Content.Headers))
                return [$"{what} → HTML with {(int)response.StatusCode}"];
            return [];
        }
        // Kestrel closes the connection of who goes on sending a body that was refused, or a line that is too long; the
        // answer may then be lost.
        catch (HttpRequestException refused) when (
            (request.Content is not null || request.RequestUri!.PathAndQuery.Length > LineMax)
            && refused.InnerException is IOException)
        {
            return [];
        }
        catch (HttpRequestException broken)
        {
            return [$"{what} → {broken.Message}"];
        }
    }

    private static bool IsHtml(HttpContentHeaders headers) => headers.ContentType?.MediaType == "text/html";

    // A stream answers until it is closed.
    private static bool IsAnswered(RouteEndpoint route) =>
        !route.RoutePattern.RawText!.Contains("streaming", StringComparison.Ordinal)
        && !route.RoutePattern.RawText!.StartsWith("/live/", StringComparison.Ordinal);

    private static async Task<IReadOnlyList<string>> FillAsync(PopulatedServer server)
    {
        for (var i = 0; i < 20; i++)
            await server.WriteAsync($"post{i}", new { status = $"post {i} #tag @bob" }, i % 2 == 0 ? "alice" : "bob");
        return
        [
            .. Enumerable.Range(0, 20).Select(i => server[$"post{i}"]), server["alice.id"], server["bob.id"],
            server["carol.id"], "1", "2", "3", server["client_id"], "alice", "tag",
        ];
    }

    // What was sent may have ended a token or an account; without one, the rest of the run would test little.
    private static async Task RestoreAsync(PopulatedServer server)
    {
        foreach (var name in (string[])["alice", "bob"])
        {
            if ((await server.GetAsync("/api/v1/accounts/verify_credentials", name)).Status == HttpStatusCode.OK) continue;
            var fresh = await server.TokenAsync(new { grant_type = "password", username = name, password = $"the password of {name}" });
            if (fresh.Status == HttpStatusCode.OK) server[name] = fresh.Json.GetProperty("access_token").GetString()!;
        }
    }

    private static string Shortened(string text) => text.Length <= 300 ? text : text[..300] + "…";
}
