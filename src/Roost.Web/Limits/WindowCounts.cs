using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Roost.Web.Limits;

/// <summary>
/// Counts of who did what how often in a window of time, in memory of a fixed size: a table of sets of eight, as
/// processors' caches are made.
/// </summary>
/// <remarks>
/// A key has one set, chosen by a hash with a secret of this process, so that nobody can aim at somebody else's. A set
/// that is full forgets a count whose window has passed, or else the one that has come least far: whoever floods the
/// table with names loses those first. One small lock for many sets; nothing is awaited inside. A count allocates
/// nothing. <b>Hot path.</b>
/// </remarks>
internal sealed class WindowCounts
{
    private const int Ways = 8;
    private const int Locks = 64;

    private readonly Slot[] _slots;
    private readonly int _setMask;
    private readonly Lock[] _locks = [.. Enumerable.Range(0, Locks).Select(_ => new Lock())];
    private readonly ulong _secret =
        MemoryMarshal.Read<ulong>(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <param name="countsMax">How many are kept, rounded down to a power of two; at least eight.</param>
    public WindowCounts(int countsMax)
    {
        var sets = 1;
        while (sets * 2 * Ways <= countsMax) sets *= 2;
        _slots = new Slot[sets * Ways];
        _setMask = sets - 1;
    }

    /// <summary>How many counts there is room for.</summary>
    public int Capacity => _slots.Length;

    /// <summary>Counts one more.</summary>
    /// <param name="who">Known by it within the kind.</param>
    /// <param name="end">The window's end, in seconds since 1970: it is what windows are told apart by.</param>
    /// <param name="now">In seconds since 1970.</param>
    /// <returns>How often in this window, this one included.</returns>
    public int Add(LimitKind kind, ulong who, uint end, uint now)
    {
        var key = KeyOf(kind, who);
        var set = SetOf(key, out var place);
        lock (_locks[place & (Locks - 1)])
        {
            ref var worst = ref set[0];
            foreach (ref var slot in set)
            {
                if (slot.Key == key && slot.End == end) return slot.Count == int.MaxValue ? slot.Count : ++slot.Count;
                if (WorthOf(slot, now) < WorthOf(worst, now)) worst = ref slot;
            }
            worst = new Slot { Key = key, End = end, Count = 1 };
            return 1;
        }
    }

    /// <summary>Takes one back that was counted in the window.</summary>
    public void Remove(LimitKind kind, ulong who, uint end)
    {
        var key = KeyOf(kind, who);
        var set = SetOf(key, out var place);
        lock (_locks[place & (Locks - 1)])
        {
            foreach (ref var slot in set)
            {
                if (slot.Key == key && slot.End == end && slot.Count > 0) slot.Count--;
            }
        }
    }

    /// <summary>How often in this window so far.</summary>
    public int Read(LimitKind kind, ulong who, uint end)
    {
        var key = KeyOf(kind, who);
        var set = SetOf(key, out var place);
        lock (_locks[place & (Locks - 1)])
        {
            foreach (ref var slot in set)
            {
                if (slot.Key == key && slot.End == end) return slot.Count;
            }
            return 0;
        }
    }

    private Span<Slot> SetOf(ulong key, out int place)
    {
        place = (int)(key >> 32) & _setMask;
        return _slots.AsSpan(place * Ways, Ways);
    }

    // Two rounds of the finalizer of MurmurHash3 around the secret: every bit of the name moves every bit of the key.
    private ulong KeyOf(LimitKind kind, ulong who) => Mixed(Mixed(who ^ _secret) + (ulong)kind);

    private static ulong Mixed(ulong bits)
    {
        bits = (bits ^ (bits >> 33)) * 0xFF51AFD7ED558CCD;
        bits = (bits ^ (bits >> 33)) * 0xC4CEB9FE1A85EC53;
        return bits ^ (bits >> 33);
    }

    private static int WorthOf(in Slot slot, uint now) => slot.End <= now ? 0 : slot.Count;

    private struct Slot
    {
        public ulong Key;
        public uint End;
        public int Count;
    }
}
