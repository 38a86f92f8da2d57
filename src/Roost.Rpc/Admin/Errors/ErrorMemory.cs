using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;

namespace Roost.Rpc.Admin.Errors;

/// <summary>
/// What outlives the process of an <see cref="ErrorBook"/>: which errors there were, since which version, and which of
/// them somebody called resolved. A file beside the data, of a few kilobytes and 2 MB at most; without it everything
/// would be new after each start.
/// </summary>
/// <remarks>
/// It is written whole, beside the old one and then in its place: when something has changed, every
/// <see cref="Pause"/>, at a clean stop, and before somebody is told that an error counts as resolved. A process that
/// is killed forgets the counts of the last seconds. It can be deleted; one that cannot be read is said so in the log
/// and begun anew.
/// </remarks>
public sealed partial class ErrorMemory : IAsyncDisposable
{
    public const string FileName = "errors.json";

    private const int RunsMax = 20;
    private const int SampleCharactersMax = 500;

    private readonly string _path;
    private readonly ErrorBook _book;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stopping = new();

    // One write at a time: the loop's, or one that somebody waits for.
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Task _running;

    // Of the book, when it was written last; under _writing.
    private long _written;

    private ErrorMemory(string path, ErrorBook book, TimeProvider time, ILogger log)
    {
        (_path, _book, _time, _log) = (path, book, time, log);
        var memory = Read();
        var runs = memory.Runs;
        if (runs.Count == 0 || runs[^1].Version != book.Version)
            runs = [.. runs.TakeLast(RunsMax - 1), new(book.Version, time.GetUtcNow())];
        book.Recall(memory with { Runs = runs });
        book.Save = SaveAsync;
        _written = -1;
        _running = RunAsync();
    }

    /// <summary>How long what has changed may wait to be written.</summary>
    public static TimeSpan Pause { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Has a book go on from a directory's file, and begins to keep that.</summary>
    public static ErrorMemory Open(string directory, ErrorBook book, TimeProvider time, ILogger<ErrorMemory> log) =>
        new(Path.Combine(directory, FileName), book, time, log);

    public async ValueTask DisposeAsync()
    {
        _book.Save = null;
        await _stopping.CancelAsync();
        await _running;
        await TrySaveAsync();
        _stopping.Dispose();
        _writing.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Pause, _time);
        try
        {
            do await TrySaveAsync();
            while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    private async Task TrySaveAsync()
    {
        try
        {
            await SaveAsync();
        }
        catch (IOException failure)
        {
            NotWritten(_log, _path, failure);
        }
    }

    private async Task SaveAsync()
    {
        await _writing.WaitAsync();
        try
        {
            var changes = _book.Changes;
            if (changes == _written) return;
            var beside = _path + ".new";
            await using (var file = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                await JsonSerializer.SerializeAsync(
                    file, Shortened(_book.Remember()), ErrorMemoryJson.Default.RememberedErrors);
                file.Flush(flushToDisk: true);
            }
            File.Move(beside, _path, overwrite: true);
            _written = changes;
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new IOException(denied.Message, denied);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static RememberedErrors Shortened(RememberedErrors memory) => memory with
    {
        Groups =
        [
            .. memory.Groups.Select(group => group.Sample.Length <= SampleCharactersMax
                ? group
                : group with { Sample = group.Sample[..SampleCharactersMax] }),
        ],
    };

    private RememberedErrors Read()
    {
        try
        {
            using var file = File.OpenRead(_path);
            return JsonSerializer.Deserialize(file, ErrorMemoryJson.Default.RememberedErrors)
                ?? new RememberedErrors([], []);
        }
        catch (FileNotFoundException)
        {
            // The first start of all.
            return new RememberedErrors([], []);
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            NotRead(_log, _path, failure);
            return new RememberedErrors([], []);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Path} cannot be read: which errors were known before is forgotten, and begun anew.")]
    private static partial void NotRead(ILogger log, string path, Exception failure);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Path} could not be written; after a restart errors may seem new that are not. It is tried again.")]
    private static partial void NotWritten(ILogger log, string path, Exception failure);
}

/// <summary>What an <see cref="ErrorMemory"/> keeps.</summary>
/// <param name="Runs">The oldest first.</param>
internal sealed record RememberedErrors(IReadOnlyList<RememberedRun> Runs, IReadOnlyList<RememberedError> Groups);

/// <summary>A version of the program began to run here.</summary>
public sealed record RememberedRun(string Version, DateTimeOffset Since);

/// <summary>One group; members as in <see cref="ErrorReport"/>.</summary>
internal sealed record RememberedError(
    string Fingerprint, string Service, string Type, string Operation, string Sample, IReadOnlyList<string> Frames,
    DateTimeOffset First, string FirstVersion, DateTimeOffset Last, long Total,
    IReadOnlyDictionary<string, long> Versions, DateTimeOffset? ResolvedAt, bool IsBack);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RememberedErrors))]
internal sealed partial class ErrorMemoryJson : JsonSerializerContext;
