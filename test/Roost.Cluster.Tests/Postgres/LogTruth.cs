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

    public static LogTable Open(string place, string owner, LogHarness harness, Action? lost = null) => LogTable.Open(
        OptionsOf(place, owner) with { Lost = lost }, TimeProvider.System, NullLogger.Instance,
        new SqlMetrics(harness));

    /// <summary>One that another opening may be writing; null where there is none yet.</summary>
    public static LogTable? Follow(string place, string owner, LogHarness harness) => LogTable.Follow(
        OptionsOf(place, owner), TimeProvider.System, NullLogger.Instance, new SqlMetrics(harness));

    private static SqlDatabaseOptions OptionsOf(string place, string owner) =>
        new("posts", "") { Server = PostgresServer.Parse(place), Owner = owner };
}
