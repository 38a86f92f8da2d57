using Roost.Engine.Inboxes;

namespace Roost.Bench.Inbox;

/// <summary>
/// The newest 800 seqs in a managed array: the arena's ring without native memory, huge pages, prefetch or safe
/// readers.
/// </summary>
internal sealed class ManagedRing
{
    private readonly uint[] _seqs = new uint[InboxArena.Capacity];
    private int _next;
    private int _count;

    public void Add(uint seq)
    {
        _seqs[_next] = seq;
        _next = _next + 1 == _seqs.Length ? 0 : _next + 1;
        _count = Math.Min(_count + 1, _seqs.Length);
    }

    /// <summary>Copies the newest seqs, newest first.</summary>
    public int Newest(Span<uint> destination)
    {
        var count = Math.Min(_count, destination.Length);
        for (int i = 0, slot = _next; i < count; i++)
        {
            slot = slot == 0 ? _seqs.Length - 1 : slot - 1;
            destination[i] = _seqs[slot];
        }
        return count;
    }
}
