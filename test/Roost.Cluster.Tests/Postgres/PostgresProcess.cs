using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Xunit;

namespace Roost.Cluster.Tests.Postgres;

/// <summary>
/// A real PostgreSQL on a free port of this machine, its data in a directory that goes with it. The server refuses to be
/// root, so where we are it is run as the user that Debian's package makes.
/// </summary>
public sealed class PostgresProcess : IAsyncLifetime
{
    private const string ServersUser = "postgres";

    private static readonly string? _programs = FindPrograms();

    private readonly string _directory = Directory.CreateTempSubdirectory("roost-postgres-").FullName;
    private bool _isRunning;

    /// <summary>Null when it runs; else why not.</summary>
    public string? Missing { get; } = _programs is null
        ? "PostgreSQL is not installed (Debian: apt-get install postgresql); its stores are not tested." : null;

    public int Port { get; } = FreePort();

    private string Data => Path.Combine(_directory, "data");

    /// <summary>How a database of it is reached, as the user who may do everything.</summary>
    /// <param name="port">Of something that leads to it; null for its own.</param>
    public string Connection(string database, int? port = null) =>
        $"Host=127.0.0.1;Port={port ?? Port};Username={ServersUser};Database={database}";

    public async ValueTask InitializeAsync()
    {
        if (Missing is not null) return;
        if (Environment.UserName == "root") await RunAsync("chown", ServersUser, _directory);
        await ServerAsync("initdb", "-D", Data, "-A", "trust", "-U", ServersUser, "-E", "UTF8", "--locale", "C", "--no-sync");
        await StartAsync();
    }

    /// <summary>Starts it, and waits until it takes connections.</summary>
    public async Task StartAsync()
    {
        // Processes are killed here, not machines: without waiting for the disk nothing is lost.
        var settings = $"-p {Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_directory} -c fsync=off";
        await ServerAsync("pg_ctl", "-D", Data, "-w", "-t", "60", "-l", Path.Combine(_directory, "log"), "-o", settings, "start");
        _isRunning = true;
    }

    /// <summary>Ends it as a crash would: nothing is finished, no client is waited for.</summary>
    public async Task CrashAsync()
    {
        await ServerAsync("pg_ctl", "-D", Data, "-w", "-m", "immediate", "stop");
        _isRunning = false;
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
        if (_isRunning) await CrashAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static Task ServerAsync(string program, params string[] arguments) => Environment.UserName == "root"
        ? RunAsync("setpriv",
            ["--reuid", ServersUser, "--regid", ServersUser, "--clear-groups", Path.Combine(_programs!, program), .. arguments])
        : RunAsync(Path.Combine(_programs!, program), arguments);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            // What pg_ctl starts keeps these open, so they end with the server and nothing may wait for that.
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        })!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }

    /// <summary>Of the newest version that is installed.</summary>
    private static string? FindPrograms()
    {
        const string Debian = "/usr/lib/postgresql";
        if (!Directory.Exists(Debian)) return null;
        return Directory.GetDirectories(Debian)
            .OrderByDescending(path => int.TryParse(Path.GetFileName(path), out var version) ? version : 0)
            .Select(path => Path.Combine(path, "bin")).FirstOrDefault(path => File.Exists(Path.Combine(path, "initdb")));
    }

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
