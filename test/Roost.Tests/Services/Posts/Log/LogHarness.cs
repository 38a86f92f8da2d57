using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Services.Posts.Log;
using Roost.Services.Posts.Log.Table;
using Roost.Services.Storage;

namespace Roost.Tests.Services.Posts.Log;

/// <summary>A directory of its own for a log, a clock that stands until it is moved, and what the log said.</summary>
internal sealed class LogHarness : IDisposable, IMeterFactory, ILogger<PostLog>
{
    public const long Start = 1_795_003_200_000;

    private readonly List<Meter> _meters = [];

    public LogHarness(string? parent = null)
    {
        Root = Path.Combine(parent ?? Path.GetTempPath(), $"roost-log-{Guid.NewGuid():N}");
        Directory = Path.Combine(Root, "posts");
        System.IO.Directory.CreateDirectory(Directory);
    }

    public string Root { get; }
    public string Directory { get; set; }
    public StandingClock Clock { get; } = new();
    public List<string> Said { get; } = [];
    public DiskFault? Fault { get; set; }
    public int SegmentBytesMax { get; set; } = 64 << 10;
    public int GroupBytesMax { get; set; } = 1 << 20;
    public int QueueBytesMax { get; set; } = 64 << 20;
    public int TailBytes { get; set; } = LogTail.PieceBytes;

    public PostLog Open() => OpenOver(LogTruth.Of(this));

    public PostLog OpenOver(LogTable? table) => PostLog.Open(
        new PostLogOptions
        {
            Directory = Directory,
            SegmentBytesMax = SegmentBytesMax,
            GroupBytesMax = GroupBytesMax,
            QueueBytesMax = QueueBytesMax,
            TailBytes = TailBytes,
            Fault = Fault,
        },
        Clock, this, new PostLogMetrics(this), table);

    public string[] Segments => [.. System.IO.Directory.GetFiles(Directory, "*.log").Order()];

    public string NewestSegment => Segments[^1];

    public string Mark => Path.Combine(Directory, DurableMark.FileName);

    public string[] CutFiles => System.IO.Directory.GetFiles(Directory, "cut-*");

    /// <summary>The directory as it is now, open or not: what a power cut at this instant may leave.</summary>
    public string Snapshot()
    {
        var copy = Path.Combine(Root, Guid.NewGuid().ToString("N"));
        System.IO.Directory.CreateDirectory(copy);
        // The mark is locked while the log is open, and need not be there.
        foreach (var file in System.IO.Directory.GetFiles(Directory).Where(file => file != Mark))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    public static RecordDraft Draft(
        string text, int author = 1, PostId target = default, PostId id = default, ulong key = 0) => new(
        new RecordHeader(RecordKind.Post, 3, id, 0, new AccountId(author), default, target, key),
        Encoding.UTF8.GetBytes(text));

    public static string Text(LogRecord record) => Encoding.UTF8.GetString(record.Payload.Span);

    public static PostId Id(int sequence, long milliseconds = Start) => PostId.Create(milliseconds, 0, sequence);

    public void Dispose()
    {
        foreach (var meter in _meters) meter.Dispose();
        System.IO.Directory.Delete(Root, recursive: true);
    }

    Meter IMeterFactory.Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    void ILogger.Log<TState>(
        LogLevel level, EventId id, TState state, Exception? failure, Func<TState, Exception?, string> format)
    {
        lock (Said) Said.Add($"{level}: {format(state, failure)}");
    }

    bool ILogger.IsEnabled(LogLevel level) => true;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;
}

/// <summary>A wall clock that stands still until a test moves it; elapsed time is real.</summary>
internal sealed class StandingClock : TimeProvider
{
    public long UnixMilliseconds { get; set; } = LogHarness.Start;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(UnixMilliseconds);
}
