using System.Net;
using System.Text;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Notifications;
using Roost.Services.Outbound;
using Roost.Services.Posts;
using Roost.Services.Users;
using Roost.Services.WebPush;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.WebPush;

/// <summary>Push messages, from what happens to what an app reads, by way of a real push service on this
/// machine.</summary>
public sealed class WebPushTests
{
    private static readonly NoticeKinds _favourites = NoticeKinds.None.With(NoticeKind.Favourite);
    private static readonly AccountId _me = new(1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_app_reads_what_its_server_signed_and_encrypted_for_it_alone(bool isStandard)
    {
        var time = new FakeTime();
        await using var service = await TestPushService.StartAsync();
        await using var network = await StartAsync(time);
        using var device = new Device();
        var token = await SubscribeAsync(network, device.TargetAt(service.EndpointOf("me"), isStandard), _favourites);

        await FavouriteAsync(network, 2);
        var push = await service.NextAsync();
        var claims = Device.Verify(push, await KeyOfAsync(network), isStandard);

        Assert.Equal($"2 Favourite {token}", Encoding.UTF8.GetString(device.Read(push)));
        Assert.Equal(("me", "172800"), (push.Path, push.Header("TTL")));
        Assert.Equal((service.Origin, "mailto:op@example.org"),
            (claims.GetProperty("aud").GetString(), claims.GetProperty("sub").GetString()));
        Assert.InRange(
            claims.GetProperty("exp").GetInt64() - time.GetUtcNow().ToUnixTimeSeconds(), 3_600, 24 * 3_600);
    }

    [Fact]
    public async Task Only_kinds_that_were_asked_for_are_told_from_the_subscription_on()
    {
        await using var service = await TestPushService.StartAsync();
        await using var network = await StartAsync(new FakeTime());
        using var device = new Device();
        var post = await network.PostAsync(1);
        await network.Posts.Favourite(new FavouritePost(new AccountId(2), post.Id), TestNetwork.Call);
        await network.Notifications.Caught(new AwaitNotices(), TestNetwork.Call);
        var target = device.TargetAt(service.EndpointOf("me"));
        var token = await SubscribeAsync(network, target, _favourites);

        await network.FollowAsync(2, 1);
        await network.Posts.Favourite(new FavouritePost(new AccountId(3), post.Id), TestNetwork.Call);
        await SentAsync(network);
        await network.WebPush.Change(
            new ChangePushSubscription(token, NoticeKinds.None.With(NoticeKind.Follow), PushPolicy.All),
            TestNetwork.Call);
        await network.Posts.Favourite(new FavouritePost(new AccountId(4), post.Id), TestNetwork.Call);
        await network.FollowAsync(3, 1);
        await SentAsync(network);

        Assert.Equal($"3 Favourite {token}", Encoding.UTF8.GetString(device.Read(await service.NextAsync())));
        Assert.Equal($"3 Follow {token}", Encoding.UTF8.GetString(device.Read(await service.NextAsync())));
        Assert.Equal(0, service.Waiting);
    }

    [Theory]
    [InlineData(PushPolicy.All, 2, 3, 4)]
    [InlineData(PushPolicy.Followed, 3)]
    [InlineData(PushPolicy.Followers, 4)]
    [InlineData(PushPolicy.None)]
    public async Task The_policy_says_whose_doings_are_told(PushPolicy policy, params int[] told)
    {
        await using var service = await TestPushService.StartAsync();
        await using var network = await StartAsync(new FakeTime());
        using var device = new Device();
        await network.FollowAsync(1, 3);
        await network.FollowAsync(4, 1);
        await SubscribeAsync(network, device.TargetAt(service.EndpointOf("me")), _favourites, policy);

        foreach (var sender in (int[])[2, 3, 4])
            await FavouriteAsync(network, sender);
        await SentAsync(network);

        var senders = new List<int>();
        while (service.Waiting > 0)
            senders.Add(Encoding.UTF8.GetString(device.Read(await service.NextAsync()))[0] - '0');
        Assert.Equal(told, senders.Order());
    }

    [Fact]
    public async Task What_failed_is_tried_again_later_and_later_and_never_oftener_than_it_may()
    {
        var time = new FakeTime();
        await using var service = await TestPushService.StartAsync();
        await using var network = await StartAsync(time, new WebPushOptions { AttemptsMax = 3 });
        using var device = new Device();
        service.AnswersWith(503);
        await SubscribeAsync(network, device.TargetAt(service.EndpointOf("me")), _favourites);

        var notice = await FavouriteAsync(network, 2);
        Assert.Equal(1, await WaitingAsync(network, notice));
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal((1, 1), (await WaitingAsync(network, notice), service.Waiting));
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal((1, 2), (await WaitingAsync(network, notice), service.Waiting));
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal((1, 2), (await WaitingAsync(network, notice), service.Waiting));
        time.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal((0, 3), (await WaitingAsync(network, notice), service.Waiting));
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal((0, 3), (await WaitingAsync(network, notice), service.Waiting));
    }

    [Fact]
    public async Task A_push_service_says_how_long_to_wait()
    {
        var time = new FakeTime();
        await using var service = await TestPushService.StartAsync();
        await using var network = await StartAsync(time);
        using var device = new Device();
        service.Answer = (_, http) =>
        {
            (http.Response.StatusCode, http.Response.Headers.RetryAfter) = (429, "600");
            return Task.CompletedTask;
        };
        await SubscribeAsync(network, device.TargetAt(service.EndpointOf("me")), _favourites);

        var notice = await FavouriteAsync(network, 2);
        await WaitingAsync(network, notice);
        service.AnswersWith(201);
        time.Advance(TimeSpan.FromSeconds(599));
        Assert.Equal((1, 1), (await WaitingAsync(network, notice), service.Waiting));
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((0, 2), (await WaitingAsync(network, notice), service.Waiting));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task An_endpoint_that_is_gone_ends_the_subscription(int status)
    {
        await using var service = await TestPushService.StartAsync();
        await using var network = await StartAsync(new FakeTime());
        using var device = new Device();
        service.AnswersWith(status);
        var token = await SubscribeAsync(network, device.TargetAt(service.EndpointOf("me")), _favourites);

        Assert.Equal(0, await WaitingAsync(network, await FavouriteAsync(network, 2)));
        Assert.Equal(0, await WaitingAsync(network, await FavouriteAsync(network, 3)));

        Assert.Equal(1, service.Waiting);
        Assert.Null(await network.WebPush.Get(new GetPushSubscription(token), TestNetwork.Call));
        await network.RestartAsync();
        Assert.Null(await network.WebPush.Get(new GetPushSubscription(token), TestNetwork.Call));
    }

    [Fact]
    public async Task One_that_always_fails_ends_the_subscription_and_a_success_in_between_begins_the_count_anew()
    {
        var time = new FakeTime();
        await using var service = await TestPushService.StartAsync();
        await using var network = await StartAsync(time, new WebPushOptions { FailuresMax = 3 });
        using var device = new Device();
        var token = await SubscribeAsync(network, device.TargetAt(service.EndpointOf("me")), _favourites);
        var post = await network.PostAsync(1);
        var statuses = new Queue<int>([400, 400, 201, 400, 400, 400]);

        for (var sender = 2; statuses.TryDequeue(out var status); sender++)
        {
            Assert.NotNull(await network.WebPush.Get(new GetPushSubscription(token), TestNetwork.Call));
            service.AnswersWith(status);
            await network.Posts.Favourite(new FavouritePost(new AccountId(sender), post.Id), TestNetwork.Call);
            await SentAsync(network);
        }

        Assert.Equal(6, service.Waiting);
        Assert.Null(await network.WebPush.Get(new GetPushSubscription(token), TestNetwork.Call));
    }

    [Fact]
    public async Task A_push_service_that_never_answers_keeps_nobody_else_waiting_and_is_given_up_after_its_time()
    {
        var time = new FakeTime();
        await using var slow = await TestPushService.StartAsync();
        await using var service = await TestPushService.StartAsync();
        await using var network = await StartAsync(time, new WebPushOptions { AtWorkMax = 3, PerServiceMax = 2 });
        using var device = new Device();
        var isOver = new TaskCompletionSource();
        slow.Answer = (_, _) => isOver.Task;
        for (var i = 0; i < 3; i++)
            await SubscribeAsync(network, device.TargetAt(slow.EndpointOf($"slow{i}")), _favourites);
        var token = await SubscribeAsync(network, device.TargetAt(service.EndpointOf("me")), _favourites);

        using var sent = new SentPushes(network.Meters);
        var notice = await FavouriteAsync(network, 2);
        Assert.Equal($"2 Favourite {token}", Encoding.UTF8.GetString(device.Read(await service.NextAsync())));
        await sent.NextAsync();
        for (var i = 0; i < 2; i++)
            await slow.NextAsync();
        Assert.Equal(0, slow.Waiting);
        time.Advance(TimeSpan.FromSeconds(10));
        await slow.NextAsync();
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(3, await WaitingAsync(network, notice));
        isOver.SetResult();
    }

    [Fact]
    public async Task A_message_waits_through_a_restart_is_sent_then_and_not_again()
    {
        var time = new FakeTime();
        await using var service = await TestPushService.StartAsync();
        await using var network = await StartAsync(time);
        using var device = new Device();
        service.AnswersWith(500);
        var token = await SubscribeAsync(network, device.TargetAt(service.EndpointOf("me")), _favourites);
        var key = (await KeyOfAsync(network)).ToArray();
        var notice = await FavouriteAsync(network, 2);
        Assert.Equal(1, await WaitingAsync(network, notice));
        await service.NextAsync();

        service.AnswersWith(201);
        await network.RestartAsync();
        Attach(network);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, await WaitingAsync(network, notice));
        Assert.Equal($"2 Favourite {token}", Encoding.UTF8.GetString(device.Read(await service.NextAsync())));
        Assert.Equal(key, (await KeyOfAsync(network)).ToArray());

        await network.RestartAsync();
        Attach(network);
        await FavouriteAsync(network, 3);
        await SentAsync(network);
        Assert.Equal($"3 Favourite {token}", Encoding.UTF8.GetString(device.Read(await service.NextAsync())));
        Assert.Equal(0, service.Waiting);
    }

    [Fact]
    public async Task What_was_taken_back_or_is_not_for_the_accounts_eyes_any_more_is_not_told()
    {
        var time = new FakeTime();
        await using var service = await TestPushService.StartAsync();
        await using var network = await StartAsync(time);
        using var device = new Device();
        service.AnswersWith(503);
        await SubscribeAsync(network, device.TargetAt(service.EndpointOf("me")), _favourites);
        var post = await network.PostAsync(1);
        foreach (var sender in (int[])[2, 3])
            await network.Posts.Favourite(new FavouritePost(new AccountId(sender), post.Id), TestNetwork.Call);
        Assert.Equal(2, await SentAsync(network));

        await network.Posts.Unfavourite(new UnfavouritePost(new AccountId(2), post.Id), TestNetwork.Call);
        await network.Notifications.Caught(new AwaitNotices(), TestNetwork.Call);
        await network.Relations.Block(new Block(_me, new AccountId(3)), TestNetwork.Call);
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(0, await WaitingAsync(network, 0));
        Assert.Equal(2, service.Waiting);
    }

    [Fact]
    public async Task A_subscription_ends_with_its_token()
    {
        await using var service = await TestPushService.StartAsync();
        await using var network = await StartAsync(new FakeTime());
        using var device = new Device();
        var token = await SubscribeAsync(network, device.TargetAt(service.EndpointOf("me")), _favourites);

        await network.Users.RevokeToken(new RevokeToken(token), TestNetwork.Call);
        Assert.Equal(0, await WaitingAsync(network, await FavouriteAsync(network, 2)));

        Assert.Equal(0, service.Waiting);
        Assert.Null(await network.WebPush.Get(new GetPushSubscription(token), TestNetwork.Call));
    }

    [Fact]
    public async Task A_token_has_one_subscription_the_last()
    {
        await using var service = await TestPushService.StartAsync();
        await using var network = await StartAsync(new FakeTime());
        using var device = new Device();
        var token = await TokenAsync(network);
        foreach (var name in (string[])["first", "second"])
        {
            await network.WebPush.Subscribe(
                new SubscribeToPush(
                    token, _me, device.TargetAt(service.EndpointOf(name)), _favourites, PushPolicy.All),
                TestNetwork.Call);
        }

        await FavouriteAsync(network, 2);
        await SentAsync(network);

        Assert.Equal("second", (await service.NextAsync()).Path);
        Assert.Equal(0, service.Waiting);
        Assert.True(await network.WebPush.End(new EndPushSubscription(token), TestNetwork.Call));
        Assert.False(await network.WebPush.End(new EndPushSubscription(token), TestNetwork.Call));
    }

    [Theory]
    [InlineData("http://push.example/x", "must begin with https://")]
    [InlineData("https://10.0.0.1/x", "leads to a private address")]
    [InlineData("https://[::1]/x", "leads to a private address")]
    [InlineData("push", "is not an absolute URL")]
    public async Task Endpoints_that_no_push_service_has_are_refused(string endpoint, string problem)
    {
        await using var network = await TestNetwork.StartAsync(2);
        using var device = new Device();
        var token = await TokenAsync(network);

        var refusal = await Assert.ThrowsAsync<ServiceException>(async () => await network.WebPush.Subscribe(
            new SubscribeToPush(token, _me, device.TargetAt(endpoint), _favourites, PushPolicy.All),
            TestNetwork.Call));

        Assert.Equal((ErrorCode.Invalid, $"Validation failed: Endpoint {problem}"), (refusal.Code, refusal.Message));
    }

    [Fact]
    public async Task A_name_that_leads_to_this_machine_is_never_connected_to()
    {
        await using var service = await TestPushService.StartAsync();
        await using var network = await StartAsync(
            new FakeTime(), new WebPushOptions { Schemes = ["http"], Guard = OutboundGuard.PublicOnly });
        using var device = new Device();
        var endpoint = service.EndpointOf("me").Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        await SubscribeAsync(network, device.TargetAt(endpoint), _favourites);

        Assert.Equal(1, await WaitingAsync(network, await FavouriteAsync(network, 2)));

        Assert.Equal(0, service.Waiting);
    }

    [Fact]
    public async Task The_key_is_for_its_owners_eyes_and_is_never_made_anew_over_one_that_cannot_be_read()
    {
        await using var network = await StartAsync(new FakeTime());
        var whole = "";

        await network.RestartAsync(directory =>
        {
            var file = Path.Combine(directory, "vapid.key");
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            whole = File.ReadAllText(file);
        });
        var refusal = await Assert.ThrowsAsync<ServiceException>(
            () => network.RestartAsync(directory => File.WriteAllText(Path.Combine(directory, "vapid.key"), "x")));

        Assert.Equal(ErrorCode.DataDamaged, refusal.Code);
        await network.RestartAsync(directory => File.WriteAllText(Path.Combine(directory, "vapid.key"), whole));
    }

    private static async Task<TestNetwork> StartAsync(FakeTime time, WebPushOptions? options = null)
    {
        options ??= new WebPushOptions();
        if (options.Schemes is ["https"])
            options = options with { Schemes = ["http"], Guard = new OutboundGuard(IPAddress.IsLoopback) };
        var network = await TestNetwork.StartAsync(8, time: time, webPush: options);
        Attach(network);
        return network;
    }

    /// <summary>Messages say who did what, and whose token it is.</summary>
    private static async Task<ReadOnlyMemory<byte>> KeyOfAsync(TestNetwork network) =>
        (await network.WebPush.Key(new GetPushKey(), TestNetwork.Call)).Point;

    private static void Attach(TestNetwork network) => network.WebPush.Attach(
        (view, token, _) => Encoding.UTF8.GetBytes($"{view.Notice.Sender} {view.Notice.Kind} {token}"),
        "mailto:op@example.org");

    private static async Task<string> TokenAsync(TestNetwork network)
    {
        var issued = await network.Users.CreateToken(new CreateToken(0, _me, "read push"), TestNetwork.Call);
        return issued.Value;
    }

    private static async Task<string> SubscribeAsync(
        TestNetwork network, PushTarget target, NoticeKinds alerts, PushPolicy policy = PushPolicy.All)
    {
        var token = await TokenAsync(network);
        await network.WebPush.Subscribe(
            new SubscribeToPush(token, _me, target, alerts, policy), TestNetwork.Call);
        return token;
    }

    /// <summary>Somebody likes a post of account 1; the reply is the notification.</summary>
    private static async Task<long> FavouriteAsync(TestNetwork network, int sender)
    {
        var post = await network.PostAsync(1);
        await network.Posts.Favourite(new FavouritePost(new AccountId(sender), post.Id), TestNetwork.Call);
        return await network.Notifications.Caught(new AwaitNotices(), TestNetwork.Call);
    }

    private static async Task<int> SentAsync(TestNetwork network) => await WaitingAsync(
        network, await network.Notifications.Caught(new AwaitNotices(), TestNetwork.Call));

    private static async Task<int> WaitingAsync(TestNetwork network, long notice) =>
        await network.WebPush.Sent(new AwaitSent(notice), TestNetwork.Call);
}
