using System.Net;
using Roost.Cluster.Tests.Crash.Load;
using Xunit;

namespace Roost.Cluster.Tests.Crash;

/// <summary>
/// A disk without room refuses what is new in words, keeps what was acknowledged, goes on being read, and takes new
/// things again as soon as there is room: for posts, which are in the log, and for accounts and follows, which are in
/// SQL.
/// </summary>
public sealed class DiskFullTests
{
    private const int DiskMegabytes = 48;
    private const int RefusalsWanted = 5;

    [Fact(Timeout = 3 * 60 * 1_000)]
    public async Task A_full_disk_refuses_posts_and_takes_them_again_when_there_is_room()
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        using var disk = SmallDisk.Mount(scratch.Beside("disk"), DiskMegabytes);
        await using var town = await Town.FoundAsync(disk.Data, 3, ct);
        await town.SendAsync(new Operation(OperationKind.Follow, 1, 0, 0), ct);
        await town.PostAsync(20, ct);

        disk.Fill(freeBytes: 128 << 10);
        var refused = await SendUntilRefusedAsync(town, i => town.NextPost(i % 3, length: 450), 2_000, ct);
        await town.AccountFullyAsync("the disk was full", ct);

        disk.MakeRoom();
        foreach (var post in refused)
        {
            var reply = await town.SendAsync(post, ct);
            Assert.True(reply.IsSuccess, $"With room again, a post was answered {reply}");
        }
        await town.PostAsync(20, ct);
        await town.AccountFullyAsync("there was room again", ct);

        await town.KillAsync(ct);
        await town.StartAsync(ct);
        await town.AccountFullyAsync("a full disk, room, and SIGKILL", ct);
    }

    [Fact(Timeout = 3 * 60 * 1_000)]
    public async Task A_full_disk_refuses_follows_and_takes_them_again_when_there_is_room()
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        using var disk = SmallDisk.Mount(scratch.Beside("disk"), DiskMegabytes);
        await using var town = await Town.FoundAsync(disk.Data, 4, ct);
        await town.PostAsync(20, ct);
        await town.SendAsync(new Operation(OperationKind.Follow, 3, 0, 0), ct);

        disk.Fill();
        // To and fro, so that each is a change.
        var refused = await SendUntilRefusedAsync(town, i => Turn(town, 1 + i % 3), 5_000, ct);
        await town.AccountFullyAsync("the disk was full", ct);

        disk.MakeRoom();
        foreach (var follow in refused)
        {
            var reply = await town.SendAsync(follow, ct);
            Assert.True(reply.IsSuccess, $"With room again, a follow was answered {reply}");
        }
        await town.AccountFullyAsync("there was room again", ct);

        await town.KillAsync(ct);
        await town.StartAsync(ct);
        await town.AccountFullyAsync("a full disk, room, and SIGKILL", ct);
    }

    [Fact(Timeout = 3 * 60 * 1_000)]
    public async Task A_full_disk_refuses_registrations_and_takes_them_again_when_there_is_room()
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        using var disk = SmallDisk.Mount(scratch.Beside("disk"), DiskMegabytes);
        await using var town = await Town.FoundAsync(disk.Data, 2, ct);
        var app = await town.Client.AppTokenAsync(ct);

        disk.Fill();
        string? refused = null;
        for (var i = 0; refused is null; i++)
        {
            Assert.True(i < 200, "200 accounts were registered on a disk without room.");
            var name = $"late_{i}";
            var reply = await town.Client.RegisterAsync(app, name, ct);
            if (reply.IsSuccess) await AddAsync(town, name, reply, ct);
            else CheckRefusal(reply, refused = name);
        }
        await town.AccountFullyAsync("the disk was full", ct);

        disk.MakeRoom();
        town.Add(await town.Client.JoinAsync(app, await FreeNameAsync(town, refused, ct), ct));
        await town.PostAsync(10, ct);
        await town.KillAsync(ct);
        await town.StartAsync(ct);
        await town.AccountFullyAsync("a full disk, room, and SIGKILL", ct);
        town.Add(await town.Client.JoinAsync(app, "last_one", ct));
    }

    [Fact(Timeout = 3 * 60 * 1_000)]
    public async Task A_process_killed_on_a_full_disk_starts_there_again_and_goes_on_when_there_is_room()
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        using var disk = SmallDisk.Mount(scratch.Beside("disk"), DiskMegabytes);
        await using var town = await Town.FoundAsync(disk.Data, 3, ct);
        disk.Fill(freeBytes: 64 << 10);
        await SendUntilRefusedAsync(town, i => town.NextPost(i % 3, length: 450), 2_000, ct);

        await town.KillAsync(ct);
        await town.StartAsync(ct);
        await town.AccountFullyAsync("SIGKILL on a full disk", ct);
        await SendUntilRefusedAsync(town, i => town.NextPost(i % 3, length: 450), 2_000, ct);

        disk.MakeRoom();
        await town.PostAsync(20, ct);
        await town.AccountFullyAsync("SIGKILL on a full disk, and room", ct);
    }

    private static Operation Turn(Town town, int other) =>
        new(town.Model.Follows(0, other) ? OperationKind.Unfollow : OperationKind.Follow, 0, 0, other);

    /// <summary>Sends until the disk has refused some, checks their refusals and that reading goes on. Returns what was
    /// refused.</summary>
    private static async Task<List<Operation>> SendUntilRefusedAsync(
        Town town, Func<int, Operation> next, int requestsMax, CancellationToken ct)
    {
        var refused = new List<Operation>();
        for (var i = 0; refused.Count < RefusalsWanted; i++)
        {
            Assert.True(
                i < requestsMax,
                $"{requestsMax} requests were sent to a disk without room, and {refused.Count} refused.");
            var operation = next(i);
            var reply = await town.SendAsync(operation, ct);
            if (reply.IsSuccess) continue;
            CheckRefusal(reply, operation);
            refused.Add(operation);
        }
        return refused;
    }

    private static void CheckRefusal(Reply reply, object what)
    {
        Assert.True(reply.Status == HttpStatusCode.ServiceUnavailable, $"Without room, {what} was answered {reply}");
        Assert.Equal("application/json", reply.ContentType);
        Assert.Contains("disk is full", reply.ErrorText, StringComparison.Ordinal);
        Assert.True(reply.RetryAfter > TimeSpan.Zero, "A refusal must say when to try again.");
    }

    private static async Task AddAsync(Town town, string name, Reply registered, CancellationToken ct)
    {
        var token = registered.Json.TextOf("access_token");
        var account = await town.Client.GetAsync("/api/v1/accounts/verify_credentials", token, ct);
        Assert.True(account.IsSuccess, $"{name} was registered, and is answered {account}");
        town.Add(new Person(name, account.Json.LongOf("id"), token));
    }

    /// <summary>The name, if nobody has it; else another. An account may have been made before there was no room for
    /// its token.</summary>
    private static async Task<string> FreeNameAsync(Town town, string name, CancellationToken ct)
    {
        var reply = await town.Client.GetAsync($"/api/v1/accounts/lookup?acct={name}", town.Model.People[0].Token, ct);
        return reply.Status == HttpStatusCode.NotFound ? name : name + "_again";
    }
}
