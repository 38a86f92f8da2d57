using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Roost.Rpc.Admin;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Admin.Network;
using Roost.Web.Pages.Ops;

namespace Roost.Composition;

/// <summary>
/// Records what a process that serves everything does, and knows what others do: from what its admin port collects, or,
/// without one, from the few instruments that this needs.
/// </summary>
internal sealed class Recorder : IAsyncDisposable
{
    private readonly MetricsCollector? _own;

    private Recorder(NetworkView network, MetricsCollector? own) => (Network, _own) = (network, own);

    public MetricsHistory History => Network.Self.History;

    /// <summary>This process and those that it knows of.</summary>
    public NetworkView Network { get; }

    /// <param name="errors">The admin port's, or, without one, the process's own.</param>
    public static Recorder Of(AdminPort? admin, ErrorBook errors, IServiceProvider services)
    {
        if (admin is not null) return new Recorder(admin.Network, own: null);
        var collector = new MetricsCollector(
            LiveFigures.All.Select(figure => figure.Instrument).ToHashSet(StringComparer.Ordinal));
        var history = new MetricsHistory(
            collector, LiveFigures.All, TimeProvider.System, services.GetRequiredService<ILogger<MetricsHistory>>());
        ThisProgram.CountRequests(errors, history, LiveFigures.Requests);
        var self = new ProcessSelf([Server.Name], "", errors, history, TimeProvider.System);
        history.Start();
        return new Recorder(
            new NetworkView(self, TimeProvider.System, services.GetRequiredService<ILogger<NetworkView>>()), collector);
    }

    /// <summary>What is the admin port's stays.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_own is null) return;
        await Network.DisposeAsync();
        await History.DisposeAsync();
        _own.Dispose();
    }
}
