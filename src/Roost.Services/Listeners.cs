using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Roost.Services;

/// <summary>Tells whoever listens what happens from then on; nothing is kept of it. One that falls behind misses the
/// oldest. Thread-safe.</summary>
/// <param name="waitingMax">How much one may be behind.</param>
internal sealed class Listeners<T>(int waitingMax = 1_024)
{
    private readonly ConcurrentDictionary<Channel<T>, bool> _channels = new();

    public void Tell(T what)
    {
        foreach (var (channel, _) in _channels)
            channel.Writer.TryWrite(what);
    }

    /// <summary>Until cancelled.</summary>
    public async IAsyncEnumerable<T> FollowAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var channel = Channel.CreateBounded<T>(
            new BoundedChannelOptions(waitingMax) { FullMode = BoundedChannelFullMode.DropOldest });
        _channels[channel] = true;
        try
        {
            await foreach (var what in channel.Reader.ReadAllAsync(ct))
                yield return what;
        }
        finally
        {
            _channels.TryRemove(channel, out _);
        }
    }
}
