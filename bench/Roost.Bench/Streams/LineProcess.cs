using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Roost.Bench.Streams;

/// <summary>A process of this same program that is told what to do by lines on its stdin, and answers each with one on
/// stdout. It ends when it is told nothing more.</summary>
/// <param name="verb">With its arguments.</param>
internal sealed partial class LineProcess(
    IEnumerable<string> verb, IEnumerable<(string Name, string Value)> environment) : IDisposable
{
    // Numbers of signals as Linux has them, for x64 and Arm.
    private const int ContinueSignal = 18;
    private const int StopSignal = 19;

    private readonly Process _process = Start(verb, environment);

    public async Task<string> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        return await _process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException($"A process of the benchmark has ended at '{line}'.");
    }

    /// <summary>Lets it do nothing until <see cref="Continue"/>.</summary>
    public void Stop() => Signal(StopSignal);

    public void Continue() => Signal(ContinueSignal);

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static Process Start(IEnumerable<string> verb, IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, verb)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)
            ?? throw new InvalidOperationException("A process of the benchmark cannot be started.");
    }

    private void Signal(int signal)
    {
        if (Kill(_process.Id, signal) != 0)
            throw new InvalidOperationException($"A process of the benchmark cannot be signalled ({signal}).");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
