using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Remote;
using Roost.Services.Users;
using Xunit;

namespace Roost.Tests.Rpc.Remote;

/// <summary>The Users service over real HTTP/2 connections.</summary>
public sealed class RemoteTests : IDisposable
{
    private static readonly DateTimeOffset _then = new(2026, 6, 1, 12, 0, 0, 123, TimeSpan.Zero);

    private static readonly Account _account = new(
        new AccountId(7), "ada", "Ada 🦉", "Writes programs.", Locked: true, Bot: false, _then)
    {
        Stamp = -5,
        Role = AccountRole.Admin,
        IsSensitized = true,
        Profile = new Profile
        {
            Avatar = new Picture(3, "key", ".png", new string('é', 300)),
            Fields = [new("site", "https://ada.example"), new("", "")],
            Discoverable = false,
            Indexable = false,
            AttributionDomains = ["ada.example"],
            Posting = new PostingDefaults("private", true, "en", "nobody"),
            Reading = new ReadingDefaults("", true),
        },
    };

    private readonly TestMeters _meters = new();

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task Requests_and_replies_arrive_as_they_were()
    {
        GetAccounts? got = null;
        await using var host = await FakeUsers.HostAsync(
            FakeUsers.Users with
            {
                Get = (request, _) =>
                {
                    got = request;
                    return new([_account, null, _account with { Profile = Profile.Empty }]);
                },
            },
            FakeUsers.Moderation);
        using var client = Client(host.Address);

        var reply = await UsersRemote.ConnectUsers(client).Get(new([new(7), new(8), new(0)]), Call.Unbounded);

        Assert.Equal([new(7), new(8), new(0)], got!.Ids);
        Assert.Equal([_account, null, _account with { Profile = Profile.Empty }], reply);
        Assert.Equal(-5, reply[0]!.Stamp);
    }

    [Fact]
    public async Task Null_and_empty_stay_apart_and_defaults_too()
    {
        var got = new List<ListAccounts>();
        var record = new AccountRecord(
            _account, null, "", "::1", null, long.MaxValue, [("10.0.0.1", _then), ("", DateTimeOffset.MinValue)]);
        await using var host = await FakeUsers.HostAsync(
            FakeUsers.Users,
            FakeUsers.Moderation with
            {
                List = (request, _) =>
                {
                    got.Add(request);
                    return new([record]);
                },
                Sessions = (_, _) => new([]),
            },
            FakeUsers.Figures with
            {
                Joins = (request, _) => new([request.First.DayNumber, request.Last.DayNumber, 0, -1]),
                Origins = (_, _) => new(new Origins([("en", 2)], [(null, 1), ("app", 0)])),
            });
        using var client = Client(host.Address);
        var moderation = UsersRemote.ConnectModeration(client);

        var reply = Assert.Single(await moderation.List(new(), Call.Unbounded));
        await moderation.List(new([], RoleMin: AccountRole.Owner, Username: "", Limit: 0), Call.Unbounded);
        await moderation.List(new([Standing.Active, Standing.Deleted]), Call.Unbounded);
        var figures = UsersRemote.ConnectFigures(client);
        var joins = await figures.Joins(new(new(2026, 1, 1), new(2026, 1, 31)), Call.Unbounded);
        var origins = await figures.Origins(new(new(2026, 1, 1), new(2026, 1, 31), 5), Call.Unbounded);

        Assert.Equal(record.Addresses, reply.Addresses);
        Assert.Equal(record with { Addresses = reply.Addresses }, reply);
        Assert.Null(got[0].Standings);
        Assert.Equal(100, got[0].Limit);
        Assert.Equal([], got[1].Standings!);
        Assert.Equal(("", 0, AccountRole.Owner), (got[1].Username, got[1].Limit, got[1].RoleMin));
        Assert.Equal([Standing.Active, Standing.Deleted], got[2].Standings!);
        Assert.Equal([new DateOnly(2026, 1, 1).DayNumber, new DateOnly(2026, 1, 31).DayNumber, 0, -1], joins);
        Assert.Equal([("en", 2)], origins.Locales);
        Assert.Equal([(null, 1), ("app", 0)], origins.Apps);
        Assert.Empty(await moderation.Sessions(new(new(1)), Call.Unbounded));
    }

    [Fact]
    public async Task A_failure_arrives_with_all_that_it_says()
    {
        foreach (var code in Enum.GetValues<ErrorCode>())
        {
            var thrown = new ServiceException(code, "Too long: é.", "at /data/usérs")
            {
                Field = "username",
                FieldCode = "ERR_TOO_LONG",
                MayBeDone = code == ErrorCode.Conflict,
            };
            await using var host = await FakeUsers.HostAsync(
                FakeUsers.Users with { Create = (_, _) => throw thrown }, FakeUsers.Moderation);
            using var client = Client(host.Address);

            var met = await Assert.ThrowsAsync<ServiceException>(async () => await UsersRemote.ConnectUsers(client)
                .Create(new("a", "b", "c"), Call.Unbounded));

            Assert.Equal(
                (code, thrown.Message, "username", "ERR_TOO_LONG", thrown.MayBeDone, thrown.CanRetry),
                (met.Code, met.Message, met.Field, met.FieldCode, met.MayBeDone, met.CanRetry));
            Assert.StartsWith("at /data/usérs (users.create at http://127.0.0.1", met.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_bug_over_there_tells_strangers_nothing()
    {
        await using var host = await FakeUsers.HostAsync(
            FakeUsers.Users with { Count = (_, _) => throw new InvalidCastException("secret") }, FakeUsers.Moderation);
        using var client = Client(host.Address);

        var met = await Assert.ThrowsAsync<ServiceException>(async () => await UsersRemote.ConnectUsers(client)
            .Count(new(), Call.Unbounded));

        Assert.Equal(ErrorCode.Internal, met.Code);
        Assert.DoesNotContain("secret", met.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("InvalidCastException", met.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deadline_goes_along_and_so_does_giving_up()
    {
        var seen = new TaskCompletionSource<Call>();
        var ended = new TaskCompletionSource();
        await using var host = await FakeUsers.HostAsync(
            FakeUsers.Users with
            {
                SetPassword = async (_, call) =>
                {
                    seen.TrySetResult(call);
                    call.Cancellation.Register(ended.SetResult);
                    await ended.Task;
                    return true;
                },
            },
            FakeUsers.Moderation);
        using var client = Client(host.Address);
        using var gone = new CancellationTokenSource();
        var deadline = Deadline.After(TimeSpan.FromSeconds(4), TimeProvider.System);

        var reply = UsersRemote.ConnectUsers(client).SetPassword(new(new(1), "x"), new Call(deadline, gone.Token));
        var call = await seen.Task;
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reply);
        await ended.Task;
        Assert.InRange(call.Deadline.Remaining(TimeProvider.System).TotalSeconds, 0, 4.01);
    }

    [Fact]
    public async Task A_deadline_that_passes_on_the_way_is_told_as_such()
    {
        await using var host = await FakeUsers.HostAsync(
            FakeUsers.Users with
            {
                SetPassword = async (_, call) =>
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, call.Cancellation);
                    return true;
                },
            },
            FakeUsers.Moderation);
        using var client = Client(host.Address);
        var deadline = Deadline.After(TimeSpan.FromMilliseconds(100), TimeProvider.System);

        var met = await Assert.ThrowsAsync<ServiceException>(async () => await UsersRemote.ConnectUsers(client)
            .SetPassword(new(new(1), "x"), new Call(deadline, default)));

        Assert.Equal(ErrorCode.DeadlineExceeded, met.Code);
        Assert.False(met.CanRetry);
    }

    [Fact]
    public async Task A_trace_goes_on_over_there()
    {
        var there = new TaskCompletionSource<ActivityTraceId>();
        // Spans are made only where somebody listens.
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await FakeUsers.HostAsync(
            FakeUsers.Users with
            {
                Count = (_, _) =>
                {
                    there.SetResult(Activity.Current!.TraceId);
                    return new(1);
                },
            },
            FakeUsers.Moderation);
        using var client = Client(host.Address);
        using var request = new Activity("request").Start();

        await UsersRemote.ConnectUsers(client).Count(new(), Call.Unbounded);

        Assert.Equal(request.TraceId, await there.Task);
    }

    [Fact]
    public async Task Who_is_not_there_was_certainly_not_asked()
    {
        using var client = Client($"http://127.0.0.1:{UnusedPort()}");

        var met = await Assert.ThrowsAsync<ServiceException>(async () => await UsersRemote.ConnectUsers(client)
            .SetPassword(new(new(1), "x"), Call.Unbounded));

        Assert.Equal(ErrorCode.Unavailable, met.Code);
        Assert.True(met.CanRetry, met.ToString());
    }

    [Fact]
    public async Task What_was_under_way_when_its_server_died_may_have_been_done()
    {
        var begun = new TaskCompletionSource();
        await using var host = await FakeUsers.HostAsync(
            FakeUsers.Users with
            {
                SetPassword = async (_, call) =>
                {
                    begun.SetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, call.Cancellation);
                    return true;
                },
            },
            FakeUsers.Moderation);
        using var client = Client(host.Address);

        var reply = UsersRemote.ConnectUsers(client).SetPassword(new(new(1), "x"), Call.Unbounded);
        await begun.Task;
        await host.KillAsync();

        var met = await Assert.ThrowsAsync<ServiceException>(async () => await reply);
        Assert.Equal(ErrorCode.Unavailable, met.Code);
        Assert.True(met.MayBeDone);
    }

    [Fact]
    public async Task When_one_of_two_dies_readers_notice_nothing()
    {
        var counts = FakeUsers.Users with { Count = (_, _) => new(1) };
        await using var one = await FakeUsers.HostAsync(counts, FakeUsers.Moderation);
        await using var other = await FakeUsers.HostAsync(counts, FakeUsers.Moderation);
        using var client = Client(one.Address, other.Address);
        var users = UsersRemote.ConnectUsers(client);

        for (var i = 0; i < 200; i++)
        {
            if (i == 100) await one.KillAsync();
            Assert.Equal(1, await users.Count(new(), Call.Unbounded));
        }

        Assert.All(client.Report(), instance => Assert.Equal(0, instance.Outstanding));
    }

    private static int UnusedPort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    private RemoteClient Client(params string[] addresses)
    {
        // Without hedges: what a server was asked is looked at here, and on a busy machine some calls would come twice.
        var policy = new ClientPolicy { HedgeQuantile = 0 };
        var client = new RemoteClient(
            "users", new BalancerOptions(), policy, _meters, TimeProvider.System, seed: 1);
        client.Update([.. addresses.Select(address => new InstanceInfo(address, Address: address))]);
        return client;
    }
}
