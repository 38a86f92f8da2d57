using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Roost.Services.Storage;

/// <summary>
/// Hears from the server, on a connection of its own, that whoever writes a schema has committed what others wait for
/// (<see cref="SqlSession.RingAtCommit"/>): PostgreSQL's <c>LISTEN</c> and <c>NOTIFY</c>.
/// </summary>
/// <remarks>
/// A hint, for who looks by itself now and then: what is committed while the connection is away rings nothing, and
/// behind a pooler that lends connections by the transaction nothing ever does. It rings once when the connection is
/// back. Thread-safe.
/// </remarks>
internal sealed partial class PostgresBell : IAsyncDisposable
{
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _source;
    private readonly string _schema;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _listening;
    private TaskCompletionSource _next = NewRing();

    public PostgresBell(NpgsqlDataSource source, string schema, TimeProvider time, ILogger logger)
    {
        (_source, _schema, _time, _logger) = (source, schema, time, logger);
        _listening = Task.Run(ListenAsync);
    }

    /// <summary>Completes when it rings next. Never fails.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>What rings a schema's bell, as a part of the transaction.</summary>
    public static string RingText(string schema) => $"NOTIFY {schema}";

    /// <summary>What is waited for then never comes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening;
        _stop.Dispose();
    }

    private async Task ListenAsync()
    {
        var isAway = false;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await _source.OpenConnectionAsync(_stop.Token);
                await using (var command = new NpgsqlCommand($"LISTEN {_schema}", connection))
                    await command.ExecuteNonQueryAsync(_stop.Token);
                if (isAway) LogBack(_schema);
                isAway = false;
                while (true)
                {
                    // What was committed before the server knew is looked for, too.
                    Ring();
                    await connection.WaitAsync(_stop.Token);
                }
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
                when (failure is DbException or SocketException or IOException or TimeoutException)
            {
                if (!isAway) LogAway(failure, _schema);
                isAway = true;
            }
            await Task.Delay(_again, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Ring() => Interlocked.Exchange(ref _next, NewRing()).SetResult();

    private static TaskCompletionSource NewRing() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(
        LogLevel.Warning, "The server cannot tell what is written to {Schema} now: it is looked for until it can")]
    private partial void LogAway(Exception failure, string schema);

    [LoggerMessage(LogLevel.Warning, "The server tells again what is written to {Schema}")]
    private partial void LogBack(string schema);
}
