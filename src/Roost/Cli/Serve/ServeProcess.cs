using Roost.Composition;

namespace Roost.Cli.Serve;

/// <summary>The roles of one process while they run.</summary>
internal sealed class ServeProcess : IAsyncDisposable
{
    // In the order in which they call each other: who is called last is closed last.
    private readonly IReadOnlyList<ServedPart> _parts;
    private readonly CancellationTokenSource _lost;

    private ServeProcess(IReadOnlyList<ServedPart> parts)
    {
        _parts = parts;
        _lost = CancellationTokenSource.CreateLinkedTokenSource([.. parts.Select(part => part.Lost)]);
    }

    /// <summary>Starts roles and runs them until they are told to stop.</summary>
    /// <param name="parts">Those that are called before those that call them.</param>
    /// <param name="admin">Null for no admin port.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<ServePart> parts, IReadOnlyList<ServeStart> starts, string? admin, string zone,
        CancellationToken ct)
    {
        var name = string.Join('+', parts.Select(part => part.Name));
        using var told = new CancellationTokenSource();
        using var telemetry = Telemetry.Start(name);
        await using var adminPort = admin is null
            ? null
            : await AdminPort.StartAsync(
                parts.Aggregate(
                    new AdminOptions(admin, name) { Zone = zone, Telemetry = telemetry },
                    (options, part) => part.With(options)),
                told.Cancel, ct);
        var started = await RunningProcess.StartAsync(
            starting => StartAsync(starts, adminPort, starting), waits: starts.Any(start => start.Waits), ct,
            told.Token);
        if (started is null) return ExitCode.Done;
        await using var process = started;
        adminPort?.SetReady(true);
        foreach (var part in process._parts) Console.WriteLine(part.Line);
        if (adminPort is not null) Console.WriteLine($"Its admin pages are at {adminPort.Url}admin.");

        return await RunningProcess.UntilToldAsync(
            adminPort, process._lost.Token, [ct, told.Token, .. process._parts.Select(part => part.Stopping)]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _parts.Reverse()) await part.Server.DisposeAsync();
        _lost.Dispose();
    }

    /// <summary>All at the same time, for they may wait for each other. When one cannot, none is left.</summary>
    private static async Task<ServeProcess> StartAsync(
        IReadOnlyList<ServeStart> starts, AdminPort? admin, CancellationToken ct)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var starting = starts.Select(StartOneAsync).ToArray();
        try
        {
            // Of those that failed the first is told of, not those that were cancelled for it.
            return new ServeProcess(await Task.WhenAll(starting));
        }
        catch
        {
            foreach (var one in starting.Reverse())
            {
                if (one.IsCompletedSuccessfully) await (await one).Server.DisposeAsync();
            }
            throw;
        }

        async Task<ServedPart> StartOneAsync(ServeStart start)
        {
            try
            {
                return await start.StartAsync(admin, failed.Token);
            }
            catch
            {
                await failed.CancelAsync();
                throw;
            }
        }
    }
}
