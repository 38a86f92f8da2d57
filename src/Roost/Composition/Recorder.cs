using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Roost.Rpc.Admin;
using Roost.Web.Pages.Ops;

namespace Roost.Composition;

/// <summary>
/// Records what a process that serves everything does: from what its admin port collects, or, without one, from the few
/// instruments that this needs.
/// </summary>
internal sealed class Recorder : IAsyncDisposable
{
    private readonly MetricsCollector? _own;

    private Recorder(MetricsHistory history, MetricsCollector? own) => (History, _own) = (history, own);

    public MetricsHistory History { get; }

    public static Recorder Of(AdminPort? admin, IServiceProvider services)
    {
        if (admin is not null) return new Recorder(admin.History, own: null);
        var collector = new MetricsCollector(
            LiveFigures.All.Select(figure => figure.Instrument).ToHashSet(StringComparer.Ordinal));
        var history = new MetricsHistory(
            collector, LiveFigures.All, TimeProvider.System, services.GetRequiredService<ILogger<MetricsHistory>>());
        history.Start();
        return new Recorder(history, collector);
    }

    /// <summary>What is the admin port's stays.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_own is null) return;
        await History.DisposeAsync();
        _own.Dispose();
    }
}
