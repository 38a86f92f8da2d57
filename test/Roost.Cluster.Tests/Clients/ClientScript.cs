using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace Roost.Cluster.Tests.Clients;

/// <summary>A script of <c>test/clients</c>. Where what it needs is not installed the test is skipped, saying what is
/// missing.</summary>
internal static class ClientScript
{
    /// <summary>Runs one with Node, to its end, which must be a good one.</summary>
    public static async Task NodeAsync(
        string script, ITestOutputHelper output, CancellationToken ct, params string[] arguments)
    {
        var node = Find("node");
        Assert.SkipWhen(node is null, "Node is not installed: other people's clients are not driven.");
        Assert.SkipUnless(Directory.Exists(Path.Combine(Folder(), "node_modules")),
            "The clients are not installed: run `npm ci` in test/clients to have them driven.");
        await RunAsync(node!, [script, .. arguments], output, ct);
    }

    /// <summary>Runs one with the system's Python, to its end, which must be a good one.</summary>
    /// <param name="needed">A file that is there if what the script drives is installed.</param>
    public static async Task PythonAsync(
        string script, string needed, ITestOutputHelper output, CancellationToken ct, params string[] arguments)
    {
        const string python = "/usr/bin/python3";
        Assert.SkipUnless(File.Exists(python) && Path.Exists(needed), $"{needed} is not installed: {script} does not run.");
        await RunAsync(python, [script, .. arguments], output, ct);
    }

    /// <summary>Where a program is by the search path, or null.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static async Task RunAsync(
        string program, IReadOnlyList<string> arguments, ITestOutputHelper output, CancellationToken ct)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(info)!;
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
        try
        {
            await process.WaitForExitAsync(ct);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        output.WriteLine(await said);
        Assert.True(process.ExitCode == 0, $"{arguments[0]} ended with {process.ExitCode}:\n{await said}{await complained}");
    }

    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "clients"));
}
