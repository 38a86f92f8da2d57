using System.CommandLine;
using Roost.Bench.Frame;
using Roost.Cluster;

namespace Roost.Bench.Posts;

/// <summary>The server of a benchmark: one of its own, with its usual settings, on the disk to be measured, unless
/// another is named.</summary>
internal static class BenchPostgres
{
    private const string Database = "posts";

    public static readonly Option<string?> Given = new("--database")
    {
        Description = "The connection string of an empty database to use instead of a server of its own.",
    };

    /// <param name="measure">Of an empty directory, and the database's connection string.</param>
    public static async Task<Report> RunAsync(
        ParseResult parsed, Func<string, string, Task<Report>> measure, CancellationToken ct)
    {
        var parent = parsed.GetValue(LogLoads.Folder)?.FullName ?? Path.GetTempPath();
        var root = Path.Combine(parent, $"roost-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(root);
        try
        {
            if (parsed.GetValue(Given) is { } given) return await measure(root, given);
            var engine = new PostgresEngine(Path.Combine(root, "postgres"), ClusterPlan.FreeAddress());
            await using var server = await engine.StartAsync(Database, ct);
            var report = await measure(root, $"{engine.Connection(Database)};Password={engine.Password}");
            await server.StopAsync(Signal.Interrupt, TimeSpan.FromSeconds(60));
            return report;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
