using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Roost.Bench.Remote;
using Roost.Rpc.Remote;

namespace Roost.Bench.Balancing;

/// <summary>
/// An instance that speaks gRPC and waits where others would compute, so that three of them need no processors: service
/// times are log-normal, and as many calls are at work as there are places; more wait.
/// </summary>
internal sealed class SlowableInstance : IAsyncDisposable
{
    private const int Places = 16;
    private const double MedianMilliseconds = 5;
    private const double Spread = 0.5;

    private readonly SemaphoreSlim _places = new(Places);
    private readonly Random _random;
    private readonly Lock _lock = new();
    private readonly WebApplication _app;
    private int[] _bySecond = [];
    private long _start;

    private SlowableInstance(int seed)
    {
        _random = new Random(seed);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        RemoteServices.Register(builder.Services);
        _app = builder.Build();
        _app.Services.GetRequiredService<RemoteServices>().Add(BareCalls.Served, async (_, call) =>
        {
            Count();
            await _places.WaitAsync(call.Cancellation);
            try
            {
                await Task.Delay(Draw(), TimeProvider.System, call.Cancellation);
                return [];
            }
            finally
            {
                _places.Release();
            }
        });
        RemoteServices.Map(_app);
    }

    public string Address => _app.Services.GetRequiredService<IServer>().Features
        .Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>How many times as long as usual it takes.</summary>
    public double Times { get; set; } = 1;

    public static async Task<SlowableInstance> StartAsync(int seed)
    {
        var instance = new SlowableInstance(seed);
        await instance._app.StartAsync();
        return instance;
    }

    /// <summary>Counts calls, by the second they came in, from <paramref name="start"/> on.</summary>
    public void CountFrom(long start, int seconds) => (_start, _bySecond, Times) = (start, new int[seconds], 1);

    /// <summary>Calls that came in from one second to another.</summary>
    public int Between(int from, int to) => _bySecond[from..to].Sum();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _places.Dispose();
    }

    private void Count()
    {
        var second = (int)Stopwatch.GetElapsedTime(_start).TotalSeconds;
        if (second < _bySecond.Length) Interlocked.Increment(ref _bySecond[second]);
    }

    private TimeSpan Draw()
    {
        lock (_lock)
        {
            // Box and Muller, 1958.
            var radius = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble()));
            var normal = radius * Math.Cos(2 * Math.PI * _random.NextDouble());
            return TimeSpan.FromMilliseconds(MedianMilliseconds * Math.Exp(Spread * normal) * Times);
        }
    }
}
