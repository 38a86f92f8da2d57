using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>
/// Writes the indexes of sealed segments, one after the other, beside the writer, so that no author waits for it. An
/// index that cannot be written costs the next start the reading of its segment, nothing else. Of a cache the segment
/// is synced before: what has an index is not read again at a start.
/// </summary>
internal sealed partial class SegmentSealer : IAsyncDisposable
{
    private readonly Disk _disk;
    private readonly LogColumns _columns;
    private readonly bool _isCache;
    private readonly ILogger _logger;
    // Unbounded, yet small: one entry per segment that was filled within the time an index takes.
    private readonly Channel<(Segment Segment, uint Last)> _sealed = Channel.CreateUnbounded<(Segment, uint)>();
    private readonly Task _loop;

    public SegmentSealer(Disk disk, LogColumns columns, bool isCache, ILogger logger)
    {
        _disk = disk;
        _columns = columns;
        _isCache = isCache;
        _logger = logger;
        _loop = Task.Run(RunAsync);
    }

    public void Seal(Segment segment, uint last) => _sealed.Writer.TryWrite((segment, last));

    public async ValueTask DisposeAsync()
    {
        _sealed.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        await foreach (var (segment, last) in _sealed.Reader.ReadAllAsync()) WriteIndex(segment, last);
    }

    private void WriteIndex(Segment segment, uint last)
    {
        var path = SegmentFormat.IndexPath(segment.Path);
        try
        {
            if (_isCache) Sync(segment.Path);
            SegmentIndex.Write(_disk, path, _columns, segment.FirstSeq, last, segment.Length);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            LogIndexNotWritten(failure, path);
        }
    }

    private void Sync(string path)
    {
        using var file = Disk.OpenForWriting(path);
        _disk.Sync(file, path);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The index {Path} could not be written; nothing is lost, the next start reads the segment instead and writes "
        + "it")]
    private partial void LogIndexNotWritten(Exception failure, string path);
}
