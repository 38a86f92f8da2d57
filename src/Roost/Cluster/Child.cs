using System.Diagnostics;
using Roost.Rpc;

namespace Roost.Cluster;

/// <summary>
/// A process that was started here: what it prints goes to a file, and it is signalled by its own id only. It has a
/// session of its own, so that Ctrl-C at the terminal reaches who started it and not itself. Thread-safe.
/// </summary>
internal sealed class Child : IAsyncDisposable
{
    /// <summary>Between looks whether it is of use.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly Lock _lock = new();
    private readonly List<(string[] Starts, TaskCompletionSource<string> Said)> _awaited = [];
    private readonly List<string> _said = [];
    private readonly Task _reading;

    private Child(Process process, StreamWriter log)
    {
        (_process, _log, Started) = (process, log, TimeProvider.System.GetUtcNow());
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
        Ended = EndedAsync();
    }

    public int Id => _process.Id;

    public DateTimeOffset Started { get; }

    /// <summary>Completes when it has ended and all that it printed is written.</summary>
    public Task Ended { get; }

    /// <summary>Once it has ended; 128 and the signal's number for one that was killed.</summary>
    public int ExitCode => _process.ExitCode;

    /// <param name="log">A file to add to.</param>
    /// <param name="environment">What it is told beside the own environment.</param>
    /// <exception cref="ServiceException">It cannot be started.</exception>
    public static Child Start(
        string program, IReadOnlyList<string> arguments, string log,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var ownSession = Programs.OnPath("setsid");
        var info = ownSession is null
            ? new ProcessStartInfo(program, arguments)
            : new ProcessStartInfo(ownSession, [program, .. arguments]);
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        info.RedirectStandardInput = true;
        // A directory that anybody may be in: some are run as another user.
        info.WorkingDirectory = "/";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) info.Environment[name] = value;
        try
        {
            var process = Process.Start(info)
                ?? throw new ServiceException(ErrorCode.Unavailable, $"{program} could not be started.");
            process.StandardInput.Close();
            return new Child(process, new StreamWriter(log, append: true) { AutoFlush = true });
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw new ServiceException(
                ErrorCode.Unavailable, $"{program} could not be started.", detail: failure.Message);
        }
    }

    /// <summary>Waits until it is of use; when it never will be, it is ended.</summary>
    /// <param name="isUp">Looks whether it is.</param>
    /// <returns>Itself.</returns>
    /// <exception cref="ServiceException">It ended before.</exception>
    public async Task<Child> UntilAsync(Func<CancellationToken, Task<bool>> isUp, CancellationToken ct)
    {
        try
        {
            while (!await isUp(ct))
            {
                if (Ended.IsCompleted) throw Failed();
                await Task.Delay(_pause, TimeProvider.System, ct);
            }
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for a line that begins in one of these ways; the reply is its rest.</summary>
    /// <exception cref="ServiceException">It ended before it said that.</exception>
    public async Task<string> SaysAsync(string[] starts, CancellationToken ct)
    {
        var said = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            foreach (var line in _said)
                if (RestOf(line, starts) is { } rest) return rest;
            _awaited.Add((starts, said));
        }
        await Task.WhenAny(said.Task, Ended).WaitAsync(ct);
        return said.Task.IsCompletedSuccessfully ? await said.Task : throw Failed();
    }

    /// <summary>Why it is of no use, in its own last words.</summary>
    public ServiceException Failed()
    {
        lock (_lock)
        {
            return new ServiceException(
                ErrorCode.Unavailable, $"Process {_process.Id} ended by itself.",
                detail: _said.Count == 0 ? "It said nothing." : _said[^1]);
        }
    }

    /// <summary>Signals it and waits for its end; after <paramref name="patience"/> it is killed.</summary>
    public async Task StopAsync(Signal signal, TimeSpan patience)
    {
        if (!_process.HasExited) Signals.Send(Id, signal);
        using var late = new CancellationTokenSource(patience, TimeProvider.System);
        await Ended.WaitAsync(late.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_process.HasExited) _process.Kill();
        await Ended;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await Ended;
        _process.Dispose();
        await _log.DisposeAsync();
    }

    private static string? RestOf(string line, string[] starts) =>
        Array.Find(starts, start => line.StartsWith(start, StringComparison.Ordinal)) is { } start
            ? line[start.Length..]
            : null;

    private async Task EndedAsync()
    {
        await _process.WaitForExitAsync();
        await _reading;
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_lock)
            {
                _log.WriteLine(line);
                // Enough for what is waited for, which comes at the start, and for last words.
                if (_said.Count >= 100) _said.RemoveAt(_said.Count / 2);
                _said.Add(line);
                foreach (var (starts, said) in _awaited)
                    if (RestOf(line, starts) is { } rest) said.TrySetResult(rest);
            }
        }
    }
}
