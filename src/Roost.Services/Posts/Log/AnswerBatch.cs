using System.Collections.Concurrent;

namespace Roost.Services.Posts.Log;

/// <summary>
/// The answers of one group, given on a thread of the pool, so that the writer is at the next group meanwhile. One work
/// item for all of them; each author's code is then queued by itself, since it may block.
/// </summary>
internal sealed class AnswerBatch : IThreadPoolWorkItem
{
    private const int PooledMax = 64;
    private static readonly ConcurrentQueue<AnswerBatch> _pool = new();

    private readonly List<PendingAppend> _waiting = [];
    private LogColumns? _columns;
    private uint _firstSeq;
    private Exception? _failure;

    public int Count => _waiting.Count;

    public static AnswerBatch Rent() => _pool.TryDequeue(out var batch) ? batch : new AnswerBatch();

    public void Add(PendingAppend pending) => _waiting.Add(pending);

    public void Succeed(LogColumns columns, uint firstSeq)
    {
        _columns = columns;
        _firstSeq = firstSeq;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void Fail(Exception failure)
    {
        _failure = failure;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void Execute()
    {
        var seq = _firstSeq;
        foreach (var pending in _waiting)
        {
            // Once answered, its caller may give it to another append: count first.
            var count = (uint)pending.Count;
            if (_failure is not null) pending.Fail(_failure);
            else pending.Complete(_columns!.Meta(seq));
            seq += count;
        }
        Return();
    }

    /// <summary>Gives it back, nobody waiting any more.</summary>
    public void Return()
    {
        _waiting.Clear();
        (_columns, _failure, _firstSeq) = (null, null, 0);
        if (_pool.Count < PooledMax) _pool.Enqueue(this);
    }
}
