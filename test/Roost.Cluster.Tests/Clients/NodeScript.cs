using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Roost.Cluster.Tests.Clients;

/// <summary>A script of <c>test/clients</c>, run by Node.</summary>
internal static class NodeScript
{
    /// <summary>Runs it to its end, which must be a good one. Skips the test, saying what is missing, where it cannot run.</summary>
    public static async Task RunAsync(string script, ITestOutputHelper output, CancellationToken ct, params string[] arguments)
    {
        var node = Find("node");
        Assert.SkipWhen(node is null, "Node is not installed: other people's clients are not driven.");
        Assert.SkipUnless(Directory.Exists(Path.Combine(Folder(), "node_modules")),
            "The clients are not installed: run `npm ci` in test/clients to have them driven.");
        var info = new ProcessStartInfo(node!, [script, .. arguments])
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
        Assert.True(process.ExitCode == 0, $"{script} ended with {process.ExitCode}:\n{await said}{await complained}");
    }

    /// <summary>Where a program is by the search path, or null.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "clients"));
}
