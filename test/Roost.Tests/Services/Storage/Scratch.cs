using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Services.Storage;

namespace Roost.Tests.Services.Storage;

/// <summary>A directory of the test's own, removed at its end, and what is needed to open databases in it.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly ServiceProvider _provider = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public string Path { get; } = TestDirectory.MakeAround();

    public IMeterFactory Meters => _provider.GetRequiredService<IMeterFactory>();

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public SqlDatabase OpenDatabase(string schema, Func<SqlDatabaseOptions, SqlDatabaseOptions>? configure = null) =>
        OpenDatabase(SqlMigrations.FromScripts([("0001_test.sql", schema)]), configure);

    public SqlDatabase OpenDatabase(
        SqlMigrations migrations, Func<SqlDatabaseOptions, SqlDatabaseOptions>? configure = null)
    {
        var options = TestDirectory.Database(Path);
        return SqlDatabase.Open(
            configure?.Invoke(options) ?? options, migrations, TimeProvider.System, NullLogger.Instance, new SqlMetrics(Meters));
    }

    public void Dispose()
    {
        _provider.Dispose();
        Directory.Delete(Path, recursive: true);
    }
}

/// <summary>A clock that stands still until it is set forward.</summary>
internal sealed class StandingClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
