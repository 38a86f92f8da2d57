using Npgsql;
using Xunit;

namespace Roost.Cluster.Tests.Postgres;

/// <summary>A real PostgreSQL on an address of this machine that it has for itself, its data in a directory that goes
/// with it.</summary>
public sealed class PostgresProcess : IAsyncLifetime
{
    /// <summary>Of its users.</summary>
    public const string Password = "password";

    private readonly string _directory = Directory.CreateTempSubdirectory("roost-postgres-").FullName;
    private readonly PostgresEngine _engine;
    private Child? _running;

    public PostgresProcess() => _engine = new PostgresEngine(_directory, ClusterPlan.FreeAddress(), Password);

    /// <summary>Null when it runs; else why not.</summary>
    public string? Missing { get; } = Programs.Postgres is null
        ? "PostgreSQL is not installed (Debian: apt-get install postgresql); its stores are not tested." : null;

    public string Address => _engine.Address;

    /// <summary>How a database of it is reached, as the user who may do everything.</summary>
    /// <param name="port">Of something on 127.0.0.1 that leads to it; null for its own.</param>
    public string Connection(string database, int? port = null) => port is { } other
        ? $"Host=127.0.0.1;Port={other};Username={PostgresEngine.User};Database={database}"
        : _engine.Connection(database);

    public async ValueTask InitializeAsync()
    {
        // For this process and those that it starts.
        Environment.SetEnvironmentVariable("PGPASSWORD", Password);
        if (Missing is null) await StartAsync();
    }

    /// <summary>Starts it, and waits until it takes connections.</summary>
    // Processes are killed here, not machines: without waiting for the disk nothing is lost.
    public async Task StartAsync() => _running = await _engine.StartAsync(
        "postgres", TestContext.Current.CancellationToken, settings: "fsync=off");

    /// <summary>Ends it as a crash would: nothing is finished, no client is waited for.</summary>
    public async Task CrashAsync()
    {
        await _running!.StopAsync(Signal.Quit, TimeSpan.FromSeconds(60));
        await _running.DisposeAsync();
        _running = null;
    }

    public async Task<long> ScalarAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(Connection(database) + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return Convert.ToInt64(
            await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) ?? 0L,
            System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Ends the connections to a schema, as an operator or a proxy does.</summary>
    /// <returns>How many.</returns>
    public Task<long> CutOffAsync(string database, string schema) => ScalarAsync(
        database,
        $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{schema}'");

    public async ValueTask DisposeAsync()
    {
        if (_running is not null) await CrashAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
