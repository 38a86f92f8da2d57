using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Xunit;

namespace Roost.Cluster.Tests.Crash;

/// <summary>What a run of the program that has ended left behind.</summary>
internal sealed record RunResult(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n--- stdout\n{Output}\n--- stderr\n{Error}";
}

/// <summary>
/// One real process of <c>roost</c>. It is signalled by its own id only, and killed when this is disposed, so that no
/// test leaves one behind.
/// </summary>
internal sealed partial class RoostProcess : IAsyncDisposable
{
    private const int Terminate = 15;
    private const string FreePort = "http://127.0.0.1:0";

    private readonly Process _process;
    private readonly LineLog _output = new();
    private readonly LineLog _error = new();
    private readonly Task _reading;
    private bool _isDisposed;

    private RoostProcess(Process process)
    {
        _process = process;
        Id = process.Id;
        _reading = Task.WhenAll(_output.ReadAsync(process.StandardOutput), _error.ReadAsync(process.StandardError));
    }

    public int Id { get; }

    /// <summary>Where it listens, as its ready line says.</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1");

    /// <summary>How long it took to be ready by its own account.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    /// <summary>Everything that it has printed to stderr.</summary>
    public string Error => _error.Text;

    public string Output => _output.Text;

    /// <summary>Starts <c>roost up</c> on a directory and a free port, and waits for its ready line.</summary>
    /// <exception cref="InvalidOperationException">It ended before that; the message has all that it
    /// printed.</exception>
    public static async Task<RoostProcess> UpAsync(
        string directory, CancellationToken ct, params IReadOnlyList<string> more)
    {
        var process = Start(["up", "--data", directory, "--listen", FreePort, .. more]);
        try
        {
            await process.WaitUntilReadyAsync(ct);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it with any arguments, waits for nothing.</summary>
    public static RoostProcess Start(params ReadOnlySpan<string> arguments) =>
        Start(RoostExecutable.StartInfo(arguments));

    public static RoostProcess Start(ProcessStartInfo info) =>
        new(Process.Start(info) ?? throw new InvalidOperationException($"{info.FileName} could not be started."));

    /// <summary>Runs it to its end.</summary>
    public static async Task<RunResult> RunAsync(CancellationToken ct, params string[] arguments)
    {
        await using var process = Start(arguments);
        return await process.EndAsync(ct);
    }

    /// <summary>Runs <c>roost up</c> on a directory that it is expected to refuse; one that starts nevertheless is an
    /// error.</summary>
    public static async Task<RunResult> UpRefusedAsync(string directory, CancellationToken ct, string listen = FreePort)
    {
        await using var process = Start("up", "--data", directory, "--listen", listen);
        var line = await process._output.FirstAsync(ct);
        Assert.True(line is null, $"It should have refused to start, but says: {line}");
        return await process.EndAsync(ct);
    }

    /// <summary>SIGKILL, this instant. Returns when the kernel has taken the process away.</summary>
    public async Task KillAsync(CancellationToken ct)
    {
        _process.Kill();
        await EndAsync(ct);
    }

    /// <summary>SIGKILL, without waiting for anything: for threads that are in the middle of something else.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGTERM.</summary>
    public void Stop()
    {
        if (Signal(Id, Terminate) != 0)
            throw new InvalidOperationException(
                $"The process {Id} could not be signalled: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Waits until it has printed such a line to stdout.</summary>
    public Task<string> SaysAsync(string start, CancellationToken ct) => _output.FindAsync(start, ct);

    /// <summary>Waits until it has ended and all that it printed is read.</summary>
    public async Task<RunResult> EndAsync(CancellationToken ct)
    {
        await _process.WaitForExitAsync(ct);
        await _reading.WaitAsync(ct);
        return new RunResult(_process.ExitCode, Output, Error);
    }

    /// <summary>Kills it if it runs. Again, it does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (!_process.HasExited) _process.Kill();
        await EndAsync(CancellationToken.None);
        _process.Dispose();
    }

    private async Task WaitUntilReadyAsync(CancellationToken ct)
    {
        if (await _output.FirstAsync(ct) is not { } line)
            throw new InvalidOperationException($"roost up did not start: {await EndAsync(ct)}");
        var match = ReadyLine().Match(line);
        if (!match.Success)
            throw new InvalidOperationException($"The first line of roost up is no ready line: '{line}'");
        Url = new Uri(match.Groups["url"].Value);
        ReadyAfter = TimeSpan.FromSeconds(double.Parse(match.Groups["seconds"].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"^Roost is ready at (?<url>\S+) after (?<seconds>[\d.]+) s\.$")]
    private static partial Regex ReadyLine();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int process, int signal);
}
