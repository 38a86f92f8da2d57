using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.Parsers;

namespace Roost.Rpc.Admin.Profiles;

/// <summary>
/// Samples of what all threads do, a thousand a second, by the runtime's own EventPipe, which this process asks over
/// its diagnostics socket like any other would. One at a time; while it goes on the process loses some percent of its
/// speed, and the end, when the runtime tells the names of all methods, takes a second more.
/// </summary>
/// <remarks>Files are in the directory for temporary ones and are removed with the trace.</remarks>
internal sealed class EventTrace : IDisposable
{
    private const int BufferMegabytes = 128;

    private static readonly SemaphoreSlim _one = new(1);

    private readonly string _directory;

    private EventTrace(string directory) => _directory = directory;

    /// <summary>A file that PerfView and <c>dotnet-trace</c> read.</summary>
    public string Path => System.IO.Path.Combine(_directory, "roost.nettrace");

    /// <exception cref="ServiceException"><see cref="ErrorCode.Overloaded"/>: another one is under way;
    /// <see cref="ErrorCode.Unavailable"/>: the runtime's diagnostics are off.</exception>
    public static async Task<EventTrace> CollectAsync(TimeSpan duration, TimeProvider time, CancellationToken ct)
    {
        using var place = Enter();
        var trace = new EventTrace(Directory.CreateTempSubdirectory("roost-trace-").FullName);
        try
        {
            await trace.CollectCoreAsync(duration, time, ct);
            return trace;
        }
        catch (Exception failure)
        {
            trace.Dispose();
            if (failure is DiagnosticsClientException) throw Off(failure);
            throw;
        }
    }

    /// <summary>The right to ask the runtime; to be given back.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Overloaded"/>: somebody else has it.</exception>
    public static IDisposable Enter() => _one.Wait(0)
        ? new Place()
        : throw new ServiceException(
            ErrorCode.Overloaded, "Another profile of this process is being taken. Try again when it has ended.");

    public static ServiceException Off(Exception failure) => new(
        ErrorCode.Unavailable,
        "The runtime does not let itself be looked at: DOTNET_EnableDiagnostics may be 0, or there is no directory for "
        + "temporary files.",
        failure.Message, failure);

    /// <summary>The events with the names of methods; to be disposed before this is. Takes about as long as the
    /// samples did.</summary>
    public TraceLog Open() => new(TraceLog.CreateFromEventPipeDataFile(Path));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private async Task CollectCoreAsync(TimeSpan duration, TimeProvider time, CancellationToken ct)
    {
        EventPipeProvider[] providers =
        [
            new("Microsoft-DotNETCore-SampleProfiler", EventLevel.Informational),
            new(
                "Microsoft-Windows-DotNETRuntime", EventLevel.Informational,
                (long)ClrTraceEventParser.Keywords.Default),
        ];
        using var session = await new DiagnosticsClient(Environment.ProcessId)
            .StartEventPipeSessionAsync(providers, requestRundown: true, BufferMegabytes, ct);
        await using var file = File.Create(Path);
        var copying = session.EventStream.CopyToAsync(file, ct);
        await Task.Delay(duration, time, ct);
        await session.StopAsync(ct);
        await copying;
    }

    private sealed class Place : IDisposable
    {
        public void Dispose() => _one.Release();
    }
}
