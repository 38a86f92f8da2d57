using System.Collections.Concurrent;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>
/// The items of one <see cref="CreatePosts"/> on their way: what is known of each, and the records that are to be
/// appended. One thread. What a batch takes is used again for the next one (<see cref="Rent"/>): fresh every time, it
/// would be most of what a post on its way in allocates.
/// <code>
///   items    post  boost of 0  post, refused  post, key seen before  answer to 0
///   draft      0        1            –                  –                 2
///   becomes  first  first + 1     refusal          the earlier post   first + 2
/// </code>
/// </summary>
internal sealed class PostBatch : IDisposable
{
    private const int PooledMax = 16;

    /// <summary>Larger ones are rare, and not kept.</summary>
    private const int PooledItemsMax = 8_192;

    private static readonly ConcurrentQueue<PostBatch> _pool = new();

    private readonly List<RecordDraft> _drafts = [];
    private readonly BodyBuffer _bodies = new();
    private readonly List<int> _itemOfDraft = [];
    private readonly Dictionary<BatchDeed, int> _deeds = [];
    private IReadOnlyList<BatchItem> _items = [];
    private Slot[] _slots = [];

    private PostBatch()
    {
    }

    public int Count => _items.Count;

    /// <summary>What is to be appended, in order.</summary>
    public IReadOnlyList<RecordDraft> Drafts => _drafts;

    /// <summary>What their texts take.</summary>
    public long BodyBytes => _bodies.Bytes;

    public BatchItem this[int item] => _items[item];

    /// <summary>Whatever of the batch must not happen twice.</summary>
    public IEnumerable<ulong> Keys
    {
        get
        {
            for (var i = 0; i < Count; i++)
            {
                if (_slots[i].Key != 0)
                    yield return _slots[i].Key;
            }
        }
    }

    /// <summary>Disposed, it is given back: nobody may look at its drafts any more then.</summary>
    public static PostBatch Rent(IReadOnlyList<BatchItem> items)
    {
        if (!_pool.TryDequeue(out var batch))
            batch = new PostBatch();
        batch._items = items;
        if (batch._slots.Length < items.Count)
            batch._slots = new Slot[items.Count];
        batch._slots.AsSpan(0, items.Count).Fill(new Slot { Target = BatchTarget.None, Draft = -1 });
        return batch;
    }

    public ServiceException? RefusalOf(int item) => _slots[item].Refusal;

    public ulong KeyOf(int item) => _slots[item].Key;

    /// <summary>What an item answers or boosts: never itself a boost.</summary>
    public BatchTarget TargetOf(int item) => _slots[item].Target;

    /// <summary>What an item itself is as the target of a later one.</summary>
    public BatchTarget AsTarget(int item)
    {
        var slot = _slots[item];
        return _items[item].Boost is not null ? slot.Target
            : slot.Draft < 0 ? new BatchTarget(slot.Seq, -1)
            : new BatchTarget(0, slot.Draft);
    }

    /// <summary>Whose post an item is, or boosts.</summary>
    public AccountId OriginalAuthorOf(int item) => _slots[item].OriginalAuthor;

    public void SetOriginalAuthor(int item, AccountId author) => _slots[item].OriginalAuthor = author;

    /// <summary>The item that a draft was made for.</summary>
    public BatchItem ItemOf(int draft) => _items[_itemOfDraft[draft]];

    /// <summary>Why what the item is about cannot be had, or null.</summary>
    public ServiceException? TargetRefusalOf(int item) => _slots[item].TargetRefusal;

    public void RefuseTarget(int item, ServiceException refusal) => _slots[item].TargetRefusal = refusal;

    public void Refuse(int item, ServiceException refusal) => _slots[item].Refusal = refusal;

    public void SetKey(int item, ulong key) => _slots[item].Key = key;

    public void SetTarget(int item, in BatchTarget target) => _slots[item].Target = target;

    /// <summary>Says that an item is a record that is there already.</summary>
    public void SetExisting(int item, uint seq) => _slots[item].Seq = seq;

    /// <summary>Whether an earlier item does what this one would do again: then it becomes what that one
    /// becomes.</summary>
    public bool RepeatsEarlier(int item, BatchDeed deed)
    {
        if (!_deeds.TryGetValue(deed, out var earlier))
            return false;
        (_slots[item].Seq, _slots[item].Draft) = (_slots[earlier].Seq, _slots[earlier].Draft);
        return true;
    }

    /// <summary>Adds the item's record.</summary>
    /// <param name="deed">What must not be done twice by it, or null.</param>
    public void Add(int item, in RecordHeader header, in PostBody? body, BatchDeed? deed)
    {
        var payload = default(Memory<byte>);
        if (body is { } text)
        {
            payload = _bodies.Take(text.EncodedBytes);
            text.Encode(payload.Span);
        }
        if (deed is { } once)
            _deeds.Add(once, item);
        _slots[item].Draft = _drafts.Count;
        _itemOfDraft.Add(item);
        _drafts.Add(new RecordDraft(header, payload, _slots[item].Target.Draft));
    }

    /// <summary>The seq that a good item has become.</summary>
    public uint SeqOf(int item, uint firstSeq) =>
        _slots[item].Draft < 0 ? _slots[item].Seq : firstSeq + (uint)_slots[item].Draft;

    /// <summary>Whether a record was made for this very item.</summary>
    public bool IsNew(int item) => _slots[item].Draft is var draft and >= 0 && _itemOfDraft[draft] == item;

    public void Dispose()
    {
        _bodies.Dispose();
        // Whose posts and refusals it holds must not live on with it.
        Array.Clear(_slots, 0, Count);
        _drafts.Clear();
        _itemOfDraft.Clear();
        _deeds.Clear();
        _items = [];
        if (_slots.Length <= PooledItemsMax && _pool.Count < PooledMax)
            _pool.Enqueue(this);
    }

    private struct Slot
    {
        public ServiceException? Refusal;
        public ServiceException? TargetRefusal;
        public ulong Key;
        public AccountId OriginalAuthor;
        public BatchTarget Target;
        public uint Seq;
        public int Draft;
    }
}

/// <summary>A post that another one is about: there already, or to be made with the same batch.</summary>
/// <param name="Seq">Where it is, or 0.</param>
/// <param name="Draft">Which draft it is, or -1.</param>
internal readonly record struct BatchTarget(uint Seq, int Draft)
{
    public static BatchTarget None => new(0, -1);

    public bool IsNone => Seq == 0 && Draft < 0;
}

internal enum BatchDeedKind
{
    Key,
    BoostOfSeq,
    BoostOfDraft,
}

/// <summary>What must not be done twice.</summary>
internal readonly record struct BatchDeed(BatchDeedKind Kind, ulong Key);
