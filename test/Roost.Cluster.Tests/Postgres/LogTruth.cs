using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Cluster.Tests.Postgres;
using Roost.Services.Posts.Log.Table;
using Roost.Services.Storage;

// The place of the class that it stands for.
#pragma warning disable IDE0130
namespace Roost.Tests.Services.Posts.Log;
#pragma warning restore IDE0130

/// <summary>What has the truth of the logs that are tested: here a table of a server, in a schema of each
/// harness.</summary>
internal static class LogTruth
{
    private static readonly ConditionalWeakTable<LogHarness, string> _places = [];

    public static LogTable Of(LogHarness harness) =>
        Open(_places.GetValue(harness, _ => SharedPostgres.NewPlace()), "tests", harness);

    public static LogTable Open(string place, string owner, LogHarness harness) => LogTable.Open(
        new SqlDatabaseOptions("posts", "") { Server = PostgresServer.Parse(place), Owner = owner },
        TimeProvider.System, NullLogger.Instance, new SqlMetrics(harness));
}
