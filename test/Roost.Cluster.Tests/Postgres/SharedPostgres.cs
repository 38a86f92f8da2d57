using Xunit;

namespace Roost.Cluster.Tests.Postgres;

/// <summary>The one server that all tests share which do not end it, with a database for them.</summary>
public sealed class SharedPostgres : IAsyncLifetime
{
    private const string Database = "postgres";

    private static SharedPostgres? _current;
    private static int _prefixes;

    public PostgresProcess Server { get; } = new();

    public ValueTask InitializeAsync()
    {
        _current = this;
        return Server.InitializeAsync();
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>A connection string for schemas that no other test has; a test is skipped without a server.</summary>
    public static string NewPlace()
    {
        var server = _current!.Server;
        if (server.Missing is { } missing) Assert.Skip(missing);
        return $"{server.Connection(Database)};Search Path=t{Interlocked.Increment(ref _prefixes)}";
    }
}
