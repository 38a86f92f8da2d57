using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Roost.Cluster.Tests.Crash;
using Xunit;

namespace Roost.Cluster.Tests.Network;

/// <summary>Real processes with several roles each: the roles call each other directly where they are together, and
/// find each other where they are not.</summary>
public sealed partial class RolesTogetherTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_network_is_taken_apart_served_by_one_process_and_by_two_and_put_together_again()
    {
        using var scratch = new Scratch();
        var (whole, store) = (Path.Combine(scratch.Data, "posts"), scratch.Beside("cluster.db"));
        Directory.CreateDirectory(scratch.Data);
        string[] moved = ["users", "graph", "media", "notifications"];
        string ada, bob, mention;
        await using (var up = await RoostProcess.UpAsync(whole, Ct))
        {
            using var client = new Client(up.Url);
            var (_, id, token) = await client.JoinAsync(await client.AppTokenAsync(Ct), "ada", Ct);
            (ada, bob) = (token, await client.JoinAsync("bob", Ct));
            Assert.True((await client.PostAsync($"/api/v1/accounts/{id}/follow", bob, null, Ct)).IsSuccess);
            mention = await PostAsync(client, ada, "hello @bob");
            await ToldAsync(client, bob, mention);
            var inUse = await MoveAsync("users", whole, Path.Combine(scratch.Data, "users"));
            Assert.Equal(3, inUse.ExitCode);
            Assert.Contains("is in use by", inUse.Error, StringComparison.Ordinal);
            up.Stop();
            Assert.Equal(0, (await up.EndAsync(Ct)).ExitCode);
        }
        foreach (var role in moved) await MovedAsync(role, whole, Path.Combine(scratch.Data, role));
        Assert.Contains(
            "was used with 'roost serve ", (await RoostProcess.UpRefusedAsync(whole, Ct)).Error,
            StringComparison.Ordinal);

        await using (var all = Serve([.. moved, "posts", "push", "web", "gateway"], scratch.Data, store))
        {
            var url = await UrlOfAsync(all, "gateway");
            using var client = new Client(url);
            using var events = new EventsOfHome(url, bob);
            Assert.Equal(await UrlOfAsync(all, "push"), await PlaceOfStreamsAsync(all));
            await events.OpenAsync(Ct);
            await ToldAsync(client, bob, mention);
            mention = await PostAsync(client, ada, "again, @bob");
            await ToldAsync(client, bob, mention);
            while (!events.Told.Contains(mention)) Assert.True(await events.ReadAsync(Ct));
            await all.KillAsync(Ct);
        }

        await using (var services = Serve(["users", "graph", "media"], scratch.Data, store))
        {
            await using var rest = Serve(
                ["posts", "notifications", "web", "gateway"], scratch.Data, store, "--graph", "store", "--media",
                "store");
            using var client = new Client(await UrlOfAsync(rest, "gateway"));
            await ToldAsync(client, bob, mention);
            mention = await PostAsync(client, ada, "once more, @bob");
            await ToldAsync(client, bob, mention);
            foreach (var process in (RoostProcess[])[rest, services])
            {
                process.Stop();
                var end = await process.EndAsync(Ct);
                Assert.True(end.ExitCode == 0, end.ToString());
            }
        }

        foreach (var role in moved) await MovedAsync(role, Path.Combine(scratch.Data, role), whole);
        await using (var again = await RoostProcess.UpAsync(whole, Ct))
        {
            using var client = new Client(again.Url);
            await ToldAsync(client, bob, mention);
            again.Stop();
            Assert.Equal(0, (await again.EndAsync(Ct)).ExitCode);
        }
        var check = await RoostProcess.RunAsync(Ct, "check", "--data", whole);
        Assert.True(check.ExitCode == 0, check.ToString());
    }

    [Theory]
    [InlineData("for several roles", "serve", "users", "graph", "--listen", "http://127.0.0.1:9")]
    [InlineData("'users'", "serve", "users", "users")]
    [InlineData("'grpah'", "serve", "users", "grpah")]
    [InlineData("--shard", "serve", "users", "graph", "--shard", "1/2")]
    [InlineData("--posts", "serve", "web", "push", "--listen", "http://127.0.0.1:0")]
    [InlineData("nobody serves web", "serve", "graph", "gateway", "--listen", "http://127.0.0.1:0")]
    public async Task What_does_not_fit_together_is_told_in_words(string says, params string[] arguments)
    {
        var result = await RoostProcess.RunAsync(Ct, arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
    }

    [Fact]
    public async Task One_that_cannot_start_ends_the_others_of_its_process()
    {
        using var scratch = new Scratch();
        await using var holder = Serve(["graph"], Path.Combine(scratch.Data, "graph"), scratch.Beside("other.db"));
        await holder.SaysAsync("graph is ready at ", Ct);

        await using var both = Serve(["users", "graph"], scratch.Data, scratch.Beside("cluster.db"));
        var end = await both.EndAsync(Ct);

        Assert.Equal(3, end.ExitCode);
        Assert.Contains("is in use by", end.Error, StringComparison.Ordinal);
    }

    private static RoostProcess Serve(
        string[] roles, string data, string store, params string[] more) => RoostProcess.Start(
        [
            "serve", .. roles, "--data", data, "--listen", "http://127.0.0.1:0", "--store", store, .. more,
            .. roles.Contains("gateway") ? ["--admin", "http://127.0.0.1:0"] : Array.Empty<string>(),
        ]);

    private static Task<RunResult> MoveAsync(string role, string from, string to) =>
        RoostProcess.RunAsync(Ct, "data", "move", role, "--data", from, "--to", to);

    private static async Task MovedAsync(string role, string from, string to)
    {
        var moved = await MoveAsync(role, from, to);
        Assert.True(moved.ExitCode == 0, moved.ToString());
        Assert.Contains($"{role}.db", moved.Output, StringComparison.Ordinal);
    }

    private static async Task<Uri> UrlOfAsync(RoostProcess process, string role) =>
        new(Address().Match(await process.SaysAsync($"{role} is ready at ", Ct)).Value);

    /// <summary>Where the gateway sends streams, once it has heard of somebody who has nothing else.</summary>
    private static async Task<Uri> PlaceOfStreamsAsync(RoostProcess process)
    {
        var admin = new Uri(Address().Match(await process.SaysAsync("Its admin pages are at ", Ct)).Value);
        using var http = new HttpClient();
        while (true)
        {
            using var balancers = JsonDocument.Parse(
                await http.GetStringAsync(new Uri(admin, "/admin/balancers.json"), Ct));
            var streaming = balancers.RootElement.EnumerateArray()
                .Single(one => one.GetProperty("service").GetString() == "streaming");
            if (streaming.GetProperty("instances").EnumerateArray().ToArray() is [var instance])
                return new Uri(instance.GetProperty("address").GetString()!);
        }
    }

    /// <summary>Once, whatever becomes of the request: those who were killed may still be found, and not answer.
    /// </summary>
    private static async Task<string> PostAsync(Client client, string token, string text)
    {
        while (true)
        {
            var reply = await client.PostAsync("/api/v1/statuses", token, new { status = text }, Ct, text);
            if (reply.IsSuccess) return reply.Json.GetProperty("id").GetString()!;
            Assert.True(reply.Status == HttpStatusCode.ServiceUnavailable, reply.ToString());
        }
    }

    /// <summary>Asks until it is told of a mention, once.</summary>
    private static async Task ToldAsync(Client client, string token, string mention)
    {
        while (true)
        {
            var reply = await client.GetAsync("/api/v1/notifications?types[]=mention", token, Ct);
            Assert.True(
                reply.IsSuccess || reply.Status == HttpStatusCode.ServiceUnavailable, reply.ToString());
            if (!reply.IsSuccess) continue;
            var told = reply.Json.EnumerateArray()
                .Select(one => one.GetProperty("status").GetProperty("id").GetString()).ToArray();
            Assert.Equal(told.Distinct(), told);
            if (told.Contains(mention)) return;
        }
    }

    [GeneratedRegex(@"http://[^\s/]+/?")]
    private static partial Regex Address();
}
