using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Operations.Gateway;
using Roost.Rpc.Admission;
using Roost.Rpc.Balancing;
using Roost.Rpc.Discovery;
using Roost.Tests.Rpc;
using Xunit;

namespace Roost.Tests.Operations.Gateway;

/// <summary>What becomes of requests at the gate while whoever has been let in is not answered.</summary>
public sealed class StandstillTests : IDisposable
{
    private const int Waiting = 4;

    private static readonly GatewayOptions _options = new()
    {
        Admission = new AdmissionOptions { LimitMin = 1, LimitMax = 1, LimitFirst = 1 },
        GapMax = TimeSpan.FromSeconds(1),
        BehindMax = TimeSpan.FromSeconds(1),
    };

    private readonly FakeTime _time = new();
    private readonly TestMeters _meters = new();
    private readonly MemoryClusterStore _store;
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StandstillTests() => _store = new(_time);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task Who_waits_longer_than_usual_meanwhile_is_answered_when_the_others_are()
    {
        var statuses = await AskAsync(async gateway =>
        {
            _time.Advance(_options.Admission.PatienceMax);
            await WhenAllWaitAsync(gateway);
            _held.SetResult();
        });

        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
    }

    [Fact]
    public async Task Who_has_waited_as_long_as_a_gap_may_last_is_refused()
    {
        var statuses = await AskAsync(async gateway =>
        {
            _time.Advance(_options.Admission.PatienceMax);
            await WhenAllWaitAsync(gateway);
            _time.Advance(_options.GapMax);
            while (StandingOf(gateway).Waiting > 0) await Task.Yield();
            _held.SetResult();
        });

        Assert.Equal(1, statuses.Count(status => status == HttpStatusCode.OK));
        Assert.Equal(Waiting, statuses.Count(status => status == HttpStatusCode.ServiceUnavailable));
    }

    /// <summary>One request is let in and held, the others wait.</summary>
    private async Task<HttpStatusCode[]> AskAsync(Func<GatewayApp, Task> meanwhile)
    {
        await using var web = await Upstream.StartAsync(async http =>
        {
            await _held.Task.WaitAsync(Ct);
            await http.Response.WriteAsync("done", Ct);
        });
        await using var told = new Announcement(
            _store, ["web"], new InstanceInfo("web", Address: web.Url.GetLeftPart(UriPartial.Authority)), _time,
            NullLogger<Announcement>.Instance);
        await told.Told;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        GatewayApp.Register(builder.Services);
        await using var app = builder.Build();
        await using var gateway = new GatewayApp(
            _options, _store, accessLog: null, app, new GatewayTools(_time, NullLoggerFactory.Instance, _meters));
        await gateway.KnownAsync(Ct);
        await app.StartAsync(Ct);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        var asking = Enumerable.Range(0, 1 + Waiting).Select(async _ =>
        {
            using var reply = await http.GetAsync("/", Ct);
            return reply.StatusCode;
        }).ToArray();
        await WhenAllWaitAsync(gateway);

        await meanwhile(gateway);

        return await Task.WhenAll(asking).WaitAsync(GatewayFront.Patience, Ct);
    }

    private static async Task WhenAllWaitAsync(GatewayApp gateway)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(GatewayFront.Patience);
        while (StandingOf(gateway) is not { AtWork: 1, Waiting: Waiting })
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static AdmissionReport StandingOf(GatewayApp gateway) =>
        gateway.Report().Single(one => one.Name == "web").Admission!.Value;
}
