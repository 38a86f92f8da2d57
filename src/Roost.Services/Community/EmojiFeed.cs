using System.Globalization;
using Roost.Rpc;

namespace Roost.Services.Community;

/// <summary>Tells processes elsewhere of the emojis.</summary>
internal sealed class EmojiFeed(EmojiBook book, TimeProvider time)
{
    // Another process's stamps are others.
    private readonly string _run = Guid.NewGuid().ToString("N");
    private readonly Bell _bell = new();
    private long _version;

    /// <summary>After the book has been changed.</summary>
    public void Changed()
    {
        Interlocked.Increment(ref _version);
        _bell.Ring();
    }

    /// <summary>As <see cref="CommunityFeedApi.Emojis"/>.</summary>
    public async ValueTask<EmojisNow> NowAsync(AwaitEmojis request, Call call)
    {
        LongPoll.Require(request.Wait);
        var next = _bell.Next();
        if (Stamp() == request.Stamp) await LongPoll.UntilAsync(next, request.Wait, time, call.Cancellation);
        // First the stamp: one that is older than the emojis has them told once more.
        var stamp = Stamp();
        return new EmojisNow(stamp, stamp == request.Stamp ? [] : book.Now.All);
    }

    private string Stamp() => string.Create(CultureInfo.InvariantCulture, $"{_run}-{Interlocked.Read(ref _version)}");
}
