using System.Globalization;
using Roost.Rpc;

namespace Roost.Services.Community;

/// <summary>Tells processes elsewhere of the emojis.</summary>
internal sealed class EmojiFeed
{
    private static readonly TimeSpan _waitMax = TimeSpan.FromSeconds(3);

    private readonly EmojiBook _book;
    private readonly TimeProvider _time;

    // Another process's stamps are others.
    private readonly string _run = Guid.NewGuid().ToString("N");
    private readonly Bell _bell = new();
    private long _version;

    public EmojiFeed(EmojiBook book, TimeProvider time)
    {
        (_book, _time) = (book, time);
        Api = new EmojiFeedApi(NowAsync);
    }

    public EmojiFeedApi Api { get; }

    /// <summary>After the book has been changed.</summary>
    public void Changed()
    {
        Interlocked.Increment(ref _version);
        _bell.Ring();
    }

    private async ValueTask<EmojisNow> NowAsync(AwaitEmojis request, Call call)
    {
        if (request.Wait < TimeSpan.Zero || request.Wait > _waitMax)
            throw new ServiceException(ErrorCode.Invalid, $"Wait is {request.Wait}; give 0 to 3 s.");
        var next = _bell.Next();
        if (Stamp() == request.Stamp)
        {
            await next.WaitAsync(request.Wait, _time, call.Cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            call.Cancellation.ThrowIfCancellationRequested();
        }
        // First the stamp: one that is older than the emojis has them told once more.
        var stamp = Stamp();
        return new EmojisNow(stamp, stamp == request.Stamp ? [] : _book.Now.All);
    }

    private string Stamp() => string.Create(CultureInfo.InvariantCulture, $"{_run}-{Interlocked.Read(ref _version)}");
}
