using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;

namespace Roost.Services.Posts.Log;

/// <summary>
/// One append that waits for its group to be durable, and the promise that its caller awaits. Pooled: it goes back when
/// the caller has taken the answer, which may be done once, as for every <see cref="ValueTask"/>.
/// </summary>
/// <remarks>
/// The caller's code never runs on the writer's thread: continuations are queued to the thread pool (see
/// <see cref="AnswerBatch"/>).
/// </remarks>
internal sealed class PendingAppend : IValueTaskSource<RecordMeta>, IValueTaskSource<uint>
{
    private const int PooledMax = 8_192;
    private static readonly ConcurrentQueue<PendingAppend> _pool = new();

    private ManualResetValueTaskSourceCore<RecordMeta> _promise = new() { RunContinuationsAsynchronously = true };
    private RecordDraft _single;
    private IReadOnlyList<RecordDraft>? _many;

    private PendingAppend()
    {
    }

    /// <summary>Its bytes on disk.</summary>
    public int Bytes { get; private set; }

    public CancellationToken Cancellation { get; private set; }

    public int Count => _many?.Count ?? 1;

    public ValueTask<RecordMeta> Meta => new(this, _promise.Version);

    public ValueTask<uint> FirstSeq => new(this, _promise.Version);

    public static PendingAppend Rent(in RecordDraft draft, int bytes, CancellationToken ct)
    {
        var pending = Rent(bytes, ct);
        pending._single = draft;
        return pending;
    }

    public static PendingAppend Rent(IReadOnlyList<RecordDraft> drafts, int bytes, CancellationToken ct)
    {
        var pending = Rent(bytes, ct);
        pending._many = drafts;
        return pending;
    }

    public RecordDraft Draft(int index) => _many is null ? _single : _many[index];

    public void Complete(in RecordMeta first) => _promise.SetResult(first);

    public void Fail(Exception failure) => _promise.SetException(failure);

    RecordMeta IValueTaskSource<RecordMeta>.GetResult(short token)
    {
        try
        {
            return _promise.GetResult(token);
        }
        finally
        {
            Return();
        }
    }

    uint IValueTaskSource<uint>.GetResult(short token) => ((IValueTaskSource<RecordMeta>)this).GetResult(token).Seq;

    public ValueTaskSourceStatus GetStatus(short token) => _promise.GetStatus(token);

    public void OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _promise.OnCompleted(continuation, state, token, flags);

    /// <summary>Gives back one that nobody was promised anything for.</summary>
    public void Return()
    {
        _promise.Reset();
        _single = default;
        _many = null;
        Cancellation = default;
        if (_pool.Count < PooledMax) _pool.Enqueue(this);
    }

    private static PendingAppend Rent(int bytes, CancellationToken ct)
    {
        if (!_pool.TryDequeue(out var pending)) pending = new PendingAppend();
        pending.Bytes = bytes;
        pending.Cancellation = ct;
        return pending;
    }
}
