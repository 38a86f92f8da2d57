using System.Runtime.CompilerServices;
using Roost.Engine.Columns;

namespace Roost.Engine.Chains;

/// <summary>
/// Many chains of log records, each newest first: the posts of an author, the answers to an account, what answers or
/// boosts a post. The key is any int: an account's number, or the seq of a post.
/// <code>
///  heads   by key: node of the newest entry and its seq        8 B a key, in chunks, only where keys are
///  nodes   in order of arrival: seq | prev | jump | depth     16 B an entry
///
///  depth   1    2    3    4    5    6    7    8        jump of 8 → 7, of 7 → 3, of 3 → none; of 6 → 5 …
///          ·◄───·◄───·◄───·◄───·◄───·◄───·◄───·        prev
/// </code>
/// </summary>
/// <remarks>
/// <para>Besides the entry before it, each entry knows one further back: its <i>jump</i>. When the last two jumps
/// spanned equally many entries, the new entry jumps over both, else to the entry before it (E. W. Myers, "An
/// applicative random-access stack", Information Processing Letters 17, 1983: skew-binary numbers). So "the newest of
/// this chain below seq x" takes O(log n) steps in a chain of n, an append O(1), and nothing is ever moved or
/// rewritten. The newest seq lies in the head too: who merges a thousand chains for the newest twenty looks at a
/// thousand heads and at the nodes of twenty.</para>
/// <para><b>Threads.</b> One writer appends; readers on any thread, without locks. A node is written whole before the
/// head that leads to it, with a write barrier between; a reader loads the head and then, after a read barrier, nodes;
/// all others it reaches were written even earlier. So a reader sees each chain as it was at one moment. Two chains are
/// read at two moments: a reader that needs them as of one, bounds both by the seq it has read from the log's
/// mark.</para>
/// </remarks>
public sealed class PostChains
{
    /// <summary>So many appends at a time go from step to step.</summary>
    private const int AtOnce = 64;

    private readonly GrowingColumn<ulong> _heads = new();
    private readonly GrowingColumn<Node> _nodes = new();
    private uint _last;

    /// <summary>
    /// The chain without entries ends here: a node of seq 0 and depth 0, which every search stops at.
    /// </summary>
    public PostChains() => _nodes.EnsureCapacity(1);

    /// <summary>Entries in all chains.</summary>
    public uint Total => Volatile.Read(ref _last);

    /// <summary>Bytes of heads and nodes, with the room still free in their last chunks.</summary>
    public long Bytes => _heads.Bytes + _nodes.Bytes;

    /// <summary>
    /// Puts a record at the newest end of a chain. The writer only. <b>Hot path</b>: no managed memory but a chunk of
    /// nodes now and then.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="seq"/> is not above the chain's newest (or is
    /// 0).</exception>
    public void Append(int key, uint seq)
    {
        ref var head = ref _heads.Grow((uint)key);
        var previous = (uint)head;
        ref readonly var before = ref _nodes.At(previous);
        if (seq <= before.Seq)
            ThrowNotAscending(key, seq, before.Seq);

        ref readonly var jump = ref _nodes.At(before.Jump);
        var equalSpans = before.Depth - jump.Depth == jump.Depth - _nodes.At(jump.Jump).Depth;
        var node = _last + 1;
        _nodes[node] = new Node(seq, previous, equalSpans ? jump.Jump : previous, before.Depth + 1);
        Volatile.WriteBarrier();
        head = ((ulong)seq << 32) | node;
        Volatile.Write(ref _last, node);
    }

    /// <summary>
    /// Appends many, in order: several times as fast as one by one. The writer only. <b>Hot path.</b>
    /// </summary>
    /// <remarks>An append meets up to four cache misses, each known only after the one before: head, newest entry, its
    /// jump, the jump of that. Here all heads are asked for, then all entries, and so on, so that the misses of many
    /// are under way at a time.</remarks>
    /// <exception cref="ArgumentException">As of one; those before it were appended.</exception>
    [SkipLocalsInit]
    public void Append(ReadOnlySpan<ChainAppend> appends)
    {
        Span<uint> nodes = stackalloc uint[AtOnce];
        for (var rest = appends; !rest.IsEmpty;)
        {
            var some = rest[..Math.Min(AtOnce, rest.Length)];
            rest = rest[some.Length..];
            foreach (var append in some)
                _heads.Prefetch((uint)append.Key);
            for (var i = 0; i < some.Length; i++)
                _nodes.Prefetch(nodes[i] = (uint)_heads[(uint)some[i].Key]);
            for (var i = 0; i < some.Length; i++)
                _nodes.Prefetch(nodes[i] = _nodes.At(nodes[i]).Jump);
            for (var i = 0; i < some.Length; i++)
                _nodes.Prefetch(_nodes.At(nodes[i]).Jump);
            foreach (var append in some)
                Append(append.Key, append.Seq);
        }
    }

    /// <summary>The newest entry of a chain.</summary>
    public ChainEntry Newest(int key) => Head(key);

    /// <summary>The newest entry whose seq is below <paramref name="below"/>. O(log n).</summary>
    public ChainEntry NewestBelow(int key, uint below)
    {
        var head = Head(key);
        if (head.Seq < below || head.IsNone)
            return head;
        var node = head.Node;
        while (true)
        {
            ref readonly var at = ref _nodes.At(node);
            // The end of the chain has seq 0: with below = 0 there is nothing.
            if (at.Seq < below || node == 0)
                return new ChainEntry(node, at.Seq);
            node = _nodes.At(at.Jump).Seq >= below ? at.Jump : at.Previous;
        }
    }

    /// <summary>The oldest entry whose seq is above <paramref name="above"/>. O(log n).</summary>
    public ChainEntry OldestAbove(int key, uint above)
    {
        var head = Head(key);
        if (head.Seq <= above)
            return default;
        var node = head.Node;
        while (true)
        {
            ref readonly var at = ref _nodes.At(node);
            if (_nodes.At(at.Jump).Seq > above)
                node = at.Jump;
            else if (_nodes.At(at.Previous).Seq > above)
                node = at.Previous;
            else
                return new ChainEntry(node, at.Seq);
        }
    }

    /// <summary>The next older entry of the same chain; none after the oldest, or after none.</summary>
    public ChainEntry Previous(ChainEntry entry) => Entry(_nodes.At(entry.Node).Previous);

    /// <summary>How many entries a chain has.</summary>
    public int Count(int key) => (int)_nodes.At(Head(key).Node).Depth;

    /// <summary>Asks the processor for a chain's head, which tells its newest entry.</summary>
    internal void PrefetchHead(int key) => _heads.Prefetch((uint)key);

    /// <summary>Asks for what leads from an entry to the one before it.</summary>
    internal void Prefetch(uint node) => _nodes.Prefetch(node);

    /// <summary>Asks for the entry before an entry that was read or asked for.</summary>
    internal void PrefetchPrevious(ChainEntry entry) => _nodes.Prefetch(_nodes.At(entry.Node).Previous);

    private ChainEntry Head(int key)
    {
        var head = _heads[(uint)key];
        Volatile.ReadBarrier();
        return new ChainEntry((uint)head, (uint)(head >> 32));
    }

    private ChainEntry Entry(uint node) => new(node, _nodes.At(node).Seq);

    private static void ThrowNotAscending(int key, uint seq, uint newest) => throw new ArgumentException(
        $"Seq {seq} is not above {newest}, the newest of chain {key}; entries come in the log's order.", nameof(seq));

    /// <param name="Depth">How many entries the chain has up to here.</param>
    private readonly record struct Node(uint Seq, uint Previous, uint Jump, uint Depth);
}
