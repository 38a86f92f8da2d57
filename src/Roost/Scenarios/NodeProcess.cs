using System.Diagnostics;
using System.Text.RegularExpressions;
using Roost.Rpc;

namespace Roost.Scenarios;

/// <summary>
/// A real <c>roost up</c>, child of this process, on a directory. It is killed when this is disposed, so that no
/// scenario leaves one behind.
/// </summary>
internal sealed partial class NodeProcess : IAsyncDisposable
{
    /// <summary>Opening ten million posts takes seconds; what takes longer than this hangs.</summary>
    private static readonly TimeSpan _readyWithin = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly Task<string> _errors;
    private Task _output = Task.CompletedTask;

    private NodeProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Where it listens.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1");

    /// <summary>Starts it and waits until it says that it is ready.</summary>
    /// <param name="port">0 for a free one.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Unavailable"/>: it does not start; has what it
    /// said.</exception>
    public static async Task<NodeProcess> StartAsync(string data, int port, CancellationToken ct)
    {
        var info = new ProcessStartInfo(Program(), ["up", "--data", data, "--listen", $"http://127.0.0.1:{port}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var node = new NodeProcess(
            Process.Start(info) ?? throw new InvalidOperationException($"{info.FileName} could not be started."));
        try
        {
            await node.WaitUntilReadyAsync(ct);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL, this instant. Returns when the process is gone.</summary>
    public async Task KillAsync(CancellationToken ct)
    {
        _process.Kill();
        await _process.WaitForExitAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        await Task.WhenAll(_errors, _output);
        _process.Dispose();
    }

    /// <summary>This very program, also where tests or a benchmark have loaded it.</summary>
    private static string Program() => Path.Combine(
        AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "roost.exe" : "roost");

    private async Task WaitUntilReadyAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_readyWithin);
        string? line;
        try
        {
            line = await _process.StandardOutput.ReadLineAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new ServiceException(
                ErrorCode.Unavailable, $"roost up was not ready after {_readyWithin.TotalMinutes} minutes.");
        }
        if (line is null)
            throw new ServiceException(
                ErrorCode.Unavailable, $"roost up did not start: {(await _errors).Trim()}");
        Url = new Uri(ReadyLine().Match(line).Groups["url"].Value);
        _output = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
    }

    [GeneratedRegex(@"^Roost is ready at (?<url>\S+) after ")]
    private static partial Regex ReadyLine();
}
