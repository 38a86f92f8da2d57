using System.Runtime.InteropServices;

namespace Roost.Engine.Search;

/// <summary>
/// Tells when no reader can still hold what was replaced, without locks: then it may be freed.
/// <code>
///  slots   64, by thread, a cache line each:   readers of phase 0 | readers of phase 1
/// </code>
/// </summary>
/// <remarks>
/// <para>A reader counts itself into the present phase, then takes what is current, and counts itself out at the end.
/// The owner replaces first and retires afterwards. Someone who holds the old one has been counted since before it was
/// replaced, in one phase or the other; so once both have been seen at 0 since then, at different times perhaps, nobody
/// holds it. The present phase is turned at each look, so that readers who keep coming cannot keep a count up for ever.
/// (P. E. McKenney, sleepable RCU, works alike.)</para>
/// <para>Entering and leaving are an interlocked addition each, on a line of the thread's own.</para>
/// </remarks>
internal sealed class ReaderGate
{
    private const int Slots = 64;

    private readonly Slot[] _slots = new Slot[Slots];
    private readonly List<Retired> _retired = [];
    private readonly Lock _lock = new();
    private int _phase;
    private int _retiredCount;

    /// <summary>Counts the calling thread in; pass the result to <see cref="Leave"/>. <b>Hot path.</b></summary>
    public int Enter()
    {
        var ticket = ((Environment.CurrentManagedThreadId & (Slots - 1)) << 1) | Volatile.Read(ref _phase);
        Interlocked.Increment(ref Count(ticket));
        return ticket;
    }

    public void Leave(int ticket) => Interlocked.Decrement(ref Count(ticket));

    /// <summary>Hands over what has been replaced, to be disposed by some later <see cref="Collect"/>.</summary>
    public void Retire(IDisposable replaced)
    {
        lock (_lock)
        {
            _retired.Add(new Retired(replaced));
            Volatile.Write(ref _retiredCount, _retired.Count);
        }
    }

    /// <summary>Disposes what no reader can hold any more. Cheap when nothing is retired.</summary>
    public void Collect()
    {
        if (Volatile.Read(ref _retiredCount) == 0)
            return;
        Retired[] free;
        lock (_lock)
        {
            // Both phases in one call: the second turn brings the phase back.
            Look_NeedsLock();
            Look_NeedsLock();
            free = [.. _retired.Where(one => one.SeenEmpty == 3)];
            _retired.RemoveAll(one => one.SeenEmpty == 3);
            Volatile.Write(ref _retiredCount, _retired.Count);
        }
        // Outside the lock: what is disposed may take locks of its own.
        foreach (var one in free) one.Replaced.Dispose();
    }

    private void Look_NeedsLock()
    {
        var phase = _phase;
        Volatile.Write(ref _phase, 1 - phase);
        Interlocked.MemoryBarrier();
        if (!IsEmpty(phase))
            return;
        foreach (var one in _retired) one.SeenEmpty |= 1 << phase;
    }

    private bool IsEmpty(int phase)
    {
        var readers = 0L;
        foreach (ref var slot in _slots.AsSpan())
            readers += phase == 0 ? Volatile.Read(ref slot.Phase0) : Volatile.Read(ref slot.Phase1);
        return readers == 0;
    }

    private ref long Count(int ticket)
    {
        ref var slot = ref _slots[ticket >> 1];
        return ref (ticket & 1) == 0 ? ref slot.Phase0 : ref slot.Phase1;
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Slot
    {
        public long Phase0;
        public long Phase1;
    }

    private sealed class Retired(IDisposable replaced)
    {
        public IDisposable Replaced => replaced;

        public int SeenEmpty { get; set; }
    }
}
