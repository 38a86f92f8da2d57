using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Roost.Engine.Graph;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Graph.Snapshots;

/// <summary>
/// The file <c>graph.snapshot</c> beside <c>graph.db</c>: the graph in the very form that memory has it in, so that a
/// start reads it at the speed of memory, and then only the events that came after it, rather than every follow out of
/// SQL. It can be lost at any time: it holds nothing that the database does not tell.
/// </summary>
/// <remarks>
/// <para><b>Never wrong.</b> A snapshot carries a random token, and the database vouches for that token in the
/// transaction that tells the snapshot's seq (table <c>graph_snapshots</c>). So whatever database has the token has
/// exactly the history up to that seq which the snapshot was made of; one restored from an older backup does not know
/// it, one restored from a newer does, and goes on from there by its own events. A repair that changes follows takes
/// the word back. Checksums tell damage. What is refused is said in the log, the graph is read from SQL, and a new
/// snapshot is written.</para>
/// <para><b>Writing.</b> (1) On the database's writer: vouch for a new token and, after the commit, freeze the graph:
/// both as of the same event, since memory follows commits in their order. (2) On a thread of the pool: write the file
/// aside, sync, rename. Killed before the rename, the old file is still there, and still vouched for.</para>
/// <para><b>When.</b> In the background once events since the last one are 2 % of the follows (looked at after every
/// import, and each minute), and at a clean stop from 0.5 %. So a start replays about a second's worth at
/// most.</para>
/// </remarks>
internal sealed partial class GraphSnapshots : IAsyncDisposable
{
    public const string FileName = "graph.snapshot";

    private const int EventsMin = 10_000;
    private const int BackgroundShare = 50;
    private const int StopShare = 200;

    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    private readonly string _path;
    private readonly SqlDatabase _database;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<bool> _asked =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private ITimer? _timer;
    private Task _writing = Task.CompletedTask;

    // What the file there holds. Changed by one at a time: by Open, then by the loop, then by DisposeAsync.
    private long _token;
    private long _seq;
    private bool _isOfDatabase = true;

    private GraphSnapshots(string path, SqlDatabase database, FollowGraph graph, ILogger logger) =>
        (_path, _database, Graph, _logger) = (path, database, graph, logger);

    /// <summary>The graph as the database has it: from the snapshot and the events after it if there is one that can be
    /// used, else from the table.</summary>
    /// <exception cref="ServiceException">The database is damaged, or cannot be read.</exception>
    public static GraphSnapshots Open(DataDirectory data, SqlDatabase database, GraphStore store, ILogger logger)
    {
        var path = data.FilePath(FileName);
        File.Delete(path + SnapshotWriter.DraftSuffix);
        var loaded = TryLoad(path, database);
        if (loaded.Graph is { } graph)
        {
            return new GraphSnapshots(path, database, graph, logger)
            {
                _token = loaded.Token,
                _seq = loaded.SnapshotSeq,
            };
        }
        var (follows, seq) = store.ReadAll();
        var snapshots = new GraphSnapshots(
            path, database, FollowGraph.Build(CollectionsMarshal.AsSpan(follows)), logger);
        if (seq >= EventsMin)
            snapshots.LogRebuilt(path, loaded.Refusal!, follows.Count);
        return snapshots;
    }

    /// <summary>Over a graph that is not the database's: no snapshot is ever written of it.</summary>
    public static GraphSnapshots Without(
        DataDirectory data, SqlDatabase database, FollowGraph graph, ILogger logger) =>
        new(data.FilePath(FileName), database, graph, logger) { _isOfDatabase = false };

    public FollowGraph Graph { get; }

    /// <summary>From now on snapshots are written when it is time to.</summary>
    public void Start(TimeProvider time)
    {
        // At once, too: a start that had to do without leaves the next one better off.
        _timer = time.CreateTimer(_ => TakeIfDue(), null, _interval, _interval);
        TakeIfDue();
        _writing = WriteWhenAskedAsync();
    }

    /// <summary>Has one written in the background if enough has changed.</summary>
    public void TakeIfDue() => _asked.Writer.TryWrite(true);

    /// <summary>Writes a last one if enough has changed. The database must still be open, and its callers must have
    /// stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_timer is not null) await _timer.DisposeAsync();
        _asked.Writer.Complete();
        await _stopping.CancelAsync();
        await _writing;
        await TakeAsync(StopShare, CancellationToken.None);
        _stopping.Dispose();
    }

    /// <summary>Removes one that is refused, so that it is told once.</summary>
    private static SnapshotLoad TryLoad(string path, SqlDatabase database)
    {
        if (!File.Exists(path))
            return new SnapshotLoad(null, "it is not there", 0, 0);
        try
        {
            var loaded = SnapshotLoad.Run(path, database);
            if (loaded.Graph is null)
                File.Delete(path);
            return loaded;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new SnapshotLoad(null, failure.Message, 0, 0);
        }
    }

    private async Task WriteWhenAskedAsync()
    {
        await Task.Yield();
        try
        {
            await foreach (var _ in _asked.Reader.ReadAllAsync(_stopping.Token))
                await TakeAsync(BackgroundShare, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopping: the last one is written by DisposeAsync.
        }
    }

    private async Task TakeAsync(int share, CancellationToken ct)
    {
        try
        {
            if (IsDue(share))
                await WriteAsync(ct);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ServiceException)
        {
            LogNotWritten(_path, failure.Message, failure);
        }
    }

    private bool IsDue(int share) =>
        _isOfDatabase && _database.Read(GraphWork.LastSeq) - _seq >= Math.Max(EventsMin, Graph.Count / share);

    private async Task WriteAsync(CancellationToken ct)
    {
        GraphImage? image = null;
        var kept = _token;
        var (token, seq) = await _database.WriteAsync(
            session => SnapshotStore.Vouch(session, kept), _ => image = Graph.Freeze(), ct);
        await Task.Run(() => SnapshotWriter.Write(_path, image!, token, seq, ct), ct);
        (_token, _seq) = (token, seq);
        LogWritten(_path, image!.Count, seq);
    }

    [LoggerMessage(
        LogLevel.Information,
        "The graph was read from graph.db ({Follows} follows), without {Path}: {Refusal}. A new one is written.")]
    private partial void LogRebuilt(string path, string refusal, int follows);

    [LoggerMessage(LogLevel.Information, "{Path} was written: {Follows} follows, up to event {Seq}")]
    private partial void LogWritten(string path, long follows, long seq);

    [LoggerMessage(
        LogLevel.Warning,
        "{Path} could not be written, and the next start will take longer; nothing is lost: {Reason}")]
    private partial void LogNotWritten(string path, string reason, Exception exception);
}
