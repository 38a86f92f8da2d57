using Roost.Rpc;

namespace Roost.Services;

/// <summary>
/// Tells whoever listens what happens from then on: in this process each thing as it comes, to processes elsewhere
/// batch by batch. The newest are kept for these, in memory: whoever asks again after more than that, or after another
/// process has taken the place of this one, is told that some are lost. Thread-safe.
/// </summary>
internal sealed class News<T>(TimeProvider time)
{
    private const int KeptMax = 4_096;

    private readonly Listeners<T> _listeners = new();
    private readonly Bell _bell = new();
    private readonly string _run = Guid.NewGuid().ToString("N");
    private readonly Lock _lock = new();

    // Both under _lock.
    private readonly Queue<T> _kept = new();
    private long _last;

    public void Tell(T what)
    {
        lock (_lock)
        {
            _kept.Enqueue(what);
            if (_kept.Count > KeptMax) _kept.Dequeue();
            _last++;
        }
        _bell.Ring();
        _listeners.Tell(what);
    }

    /// <inheritdoc cref="Listeners{T}.FollowAsync"/>
    public IAsyncEnumerable<T> FollowAsync(CancellationToken ct) => _listeners.FollowAsync(ct);

    /// <summary>All after one: as soon as there are any, and none when the wait is over.</summary>
    /// <param name="run">As it was told last; empty for from now on.</param>
    /// <param name="after">Likewise.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: <paramref name="wait"/> is not 0 to 3 s.
    /// </exception>
    public async ValueTask<NewsBatch<T>> AfterAsync(string run, long after, TimeSpan wait, CancellationToken ct)
    {
        LongPoll.Require(wait);
        var next = _bell.Next();
        var news = After(run, after);
        if (!news.IsNothing || run.Length == 0) return news;
        await LongPoll.UntilAsync(next, wait, time, ct);
        return After(run, after);
    }

    private NewsBatch<T> After(string run, long after)
    {
        lock (_lock)
        {
            if (run.Length == 0) return new(_run, _last, IsWhole: true, []);
            if (run != _run || after < _last - _kept.Count || after > _last)
                return new(_run, _last, IsWhole: false, []);
            return new(_run, _last, IsWhole: true, [.. _kept.Skip((int)(after - (_last - _kept.Count)))]);
        }
    }
}

/// <param name="Run">Names what tells the news: another one begins anew.</param>
/// <param name="Last">Up to which these are.</param>
/// <param name="IsWhole">False: some before these are lost.</param>
internal readonly record struct NewsBatch<T>(string Run, long Last, bool IsWhole, IReadOnlyList<T> Items)
{
    public bool IsNothing => IsWhole && Items.Count == 0;
}
