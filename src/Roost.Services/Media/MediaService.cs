using System.Buffers;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Media.Images;
using Roost.Services.Storage;

namespace Roost.Services.Media;

/// <summary>
/// The Media service: pictures come in, are made safe and small, and are kept as files with a row each in
/// <c>media.db</c>.
/// </summary>
/// <remarks>
/// A picture's files are on disk before its row, and its row is gone before its files: a crash in between leaves files
/// that nothing names, never a row without files. <see cref="UseMedia"/> comes before the post that shows a picture, so
/// that the sweep cannot take a picture from under it, and no second post can show it; <see cref="SettleMedia"/> comes
/// after, from the record of what was posted and deleted, and decides.
/// </remarks>
public sealed partial class MediaService : IAsyncDisposable
{
    /// <summary>The database's name, and that of the folder of files.</summary>
    public const string Name = "media";

    private const string KeyLetters = "abcdefghijklmnopqrstuvwxyz234567";
    private const int KeyLength = 26;
    private static readonly SearchValues<char> _keyLetters = SearchValues.Create(KeyLetters);

    private readonly SqlDatabase _database;
    private readonly MediaStore _store;
    private readonly MediaFiles _files;
    private readonly MediaOptions _options;
    private readonly ImageProcessor _images;
    private readonly MediaMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _decoders;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _sweeping;

    private MediaService(
        SqlDatabase database, MediaFiles files, MediaOptions options, TimeProvider time, ILogger logger,
        MediaMetrics metrics)
    {
        (_database, _store, _files, _options) = (database, new MediaStore(database), files, options);
        (_images, _metrics, _time) = (new ImageProcessor(options), metrics, time);
        _decoders = new SemaphoreSlim(options.DecodersMax);
        Api = new MediaApi(
            Upload: UploadAsync,
            Get: (request, _) => new ValueTask<MediaItem?[]>(_store.Get(request.Ids)),
            Describe: DescribeAsync,
            Use: (request, call) => _store.UseAsync(request, call.Cancellation),
            Free: (request, call) => _store.FreeAsync(request, time.GetUtcNow(), call.Cancellation),
            Settle: SettleAsync,
            Settled: (_, _) => new ValueTask<uint>(_store.Settled()),
            Delete: DeleteAsync,
            Find: (request, _) => new ValueTask<MediaFile?>(Find(request.FileKey, request.Small)),
            Part: ReadPartAsync,
            Limits: options.Limits);
        _sweeping = Background.RunAsync("media sweep", SweepAsync, time, logger, _stopping.Token);
    }

    /// <summary>The service's functions, bare.</summary>
    public MediaApi Api { get; }

    /// <summary>Opens <c>media.db</c> and the folder <c>media</c> in the directory, or makes them.</summary>
    /// <exception cref="ServiceException">An option is out of range, or the data cannot be used; says why.</exception>
    public static MediaService Open(
        DataDirectory data, MediaOptions options, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options = options.Validated();
        var logger = loggers.CreateLogger<MediaService>();
        if (data is { IsHeir: true, Files: null }) PicturesAreElsewhere(logger, data.Path, Name);
        // First: while another process has it, that one is writing files, too.
        var database = SqlDatabase.Open(data, Name, time, logger, meters);
        try
        {
            var files = new MediaFiles(data.Folder(Name));
            return new MediaService(database, files, options, time, logger, new MediaMetrics(meters));
        }
        catch
        {
            database.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    /// <summary>Completes when it is certain that it is still this process that may write.</summary>
    /// <exception cref="ServiceException">It is not, or that cannot be told.</exception>
    public async Task ConfirmAsync() => await _database.WriteAsync(_ => 0);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _sweeping;
        await _database.DisposeAsync();
        _decoders.Dispose();
        _stopping.Dispose();
    }

    private async ValueTask<MediaItem> UploadAsync(UploadMedia request, Call call)
    {
        Api.Limits.RequireDescription(request.Description);
        RequireFocus(request.FocusX);
        RequireFocus(request.FocusY);
        var started = _time.GetTimestamp();
        var image = await ProcessAsync(request, call);
        var key = RandomNumberGenerator.GetString(KeyLetters, KeyLength);
        _files.Write(key, image);
        try
        {
            var item = await _store.AddAsync(
                new MediaItem(
                    0, request.Account, request.Purpose, image.Kind, key, image.OriginalSize, image.SmallSize,
                    image.BlurHash, request.Description, request.FocusX, request.FocusY,
                    IsUsed: request.Purpose != MediaPurpose.Attachment),
                _time.GetUtcNow(), call.Cancellation);
            _metrics.Stored(image.OriginalSize.Bytes + image.SmallSize.Bytes, _time.GetElapsedTime(started));
            return item;
        }
        catch
        {
            _files.Remove(key);
            throw;
        }
    }

    private async ValueTask<ProcessedImage> ProcessAsync(UploadMedia request, Call call)
    {
        await _decoders.WaitAsync(call.Cancellation);
        try
        {
            // Some 100 ms of a core: not on the thread that answers requests.
            return await Task.Run(() => _images.Process(request.Content, request.Purpose), call.Cancellation);
        }
        catch (ServiceException)
        {
            _metrics.Refused();
            throw;
        }
        finally
        {
            _decoders.Release();
        }
    }

    private ValueTask<MediaItem?> DescribeAsync(DescribeMedia request, Call call)
    {
        if (request.Description is { } description) Api.Limits.RequireDescription(description);
        if (request.FocusX is { } x) RequireFocus(x);
        if (request.FocusY is { } y) RequireFocus(y);
        return _store.DescribeAsync(request, _ => { }, call.Cancellation);
    }

    private async ValueTask<DeleteMediaReply> DeleteAsync(DeleteMedia request, Call call)
    {
        var (reply, item) = await _store.DeleteAsync(request, call.Cancellation);
        if (item is not null) _files.Remove(item.FileKey);
        return reply;
    }

    private async ValueTask<bool> SettleAsync(SettleMedia request, Call call)
    {
        var keys = await _store.SettleAsync(request, _time.GetUtcNow(), call.Cancellation);
        foreach (var key in keys) _files.Remove(key);
        _metrics.Removed(keys.Count);
        return true;
    }

    private MediaFileHere? Find(string fileKey, bool small)
    {
        // The key becomes part of a path: only what we made ourselves.
        if (fileKey.Length != KeyLength || fileKey.AsSpan().ContainsAnyExcept(_keyLetters)) return null;
        if (_store.FindByKey(fileKey) is not { } item) return null;
        var size = small ? item.Small : item.Original;
        return new MediaFileHere(_files.PathOf(item.FileKey, size.Type, small), size.Type, size.Bytes);
    }

    private async ValueTask<MediaPart?> ReadPartAsync(GetMediaPart request, Call call)
    {
        if (Find(request.FileKey, request.Small) is not { } file) return null;
        if (request.From < 0 || request.From >= file.Bytes) return new MediaPart(default);
        var bytes = (int)Math.Min(file.Bytes - request.From, MediaPart.BytesMax);
        return await MediaFiles.ReadAsync(file.Path, request.From, bytes, call.Cancellation) is { } content
            ? new MediaPart(content)
            : null;
    }

    private async Task SweepAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(_options.SweepEvery, _time);
        while (await timer.WaitForNextTickAsync(ct))
        {
            var keys = await _store.RemoveUnusedAsync(_time.GetUtcNow() - _options.UnusedFor, ct);
            foreach (var key in keys) _files.Remove(key);
            _metrics.Removed(keys.Count);
        }
    }

    private static void RequireFocus(double value)
    {
        if (!(value is >= -1 and <= 1))
            throw new ServiceException(ErrorCode.Invalid, "Validation failed: Focus is two numbers from -1 to 1: x,y");
    }

    [LoggerMessage(LogLevel.Warning,
        "{Directory} is new and takes the place of the data directory that the database belonged to. Its pictures "
        + "(the folder {Folder}) were in the other one: copy them from there, or from a backup")]
    private static partial void PicturesAreElsewhere(ILogger logger, string directory, string folder);
}
