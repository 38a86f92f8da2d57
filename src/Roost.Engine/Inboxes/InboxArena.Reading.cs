using Roost.Engine.Ids;

namespace Roost.Engine.Inboxes;

public sealed unsafe partial class InboxArena
{
    /// <summary>Whether an account has an inbox. Any thread.</summary>
    public bool Contains(AccountId account) => TryRead(account, 0, 0, [], out _);

    /// <summary>Reads the newest entries of a range. Any thread. <b>Hot path</b>; allocates nothing.</summary>
    /// <param name="below">Only seqs below it; <see cref="uint.MaxValue"/> for all.</param>
    /// <param name="above">Only seqs above it; 0 for all.</param>
    /// <param name="destination">Gets as many as it has room for, newest first, without duplicates. On false, or beyond
    /// the count, anything may be in it.</param>
    /// <param name="view">What was found.</param>
    /// <returns>False when the account has no inbox.</returns>
    public bool TryRead(AccountId account, uint below, uint above, Span<uint> destination, out InboxView view) =>
        Read(account, below, above, destination, oldest: false, out view);

    /// <summary>
    /// Reads the oldest entries of a range: those nearest above <paramref name="above"/>, ascending. Else as
    /// <see cref="TryRead"/>.
    /// </summary>
    public bool TryReadOldest(AccountId account, uint below, uint above, Span<uint> destination, out InboxView view) =>
        Read(account, below, above, destination, oldest: true, out view);

    private bool Read(
        AccountId account, uint below, uint above, Span<uint> destination, bool oldest, out InboxView view)
    {
        view = default;
        var head = _heads.Find(account.Value);
        if (head == null)
            return false;

        var spin = default(SpinWait);
        while (true)
        {
            var version = Volatile.Read(ref head->Version);
            var copy = *head;
            Volatile.ReadBarrier();
            // The head must be whole before its ring is followed; then the ring must not have changed under the
            // copying.
            if ((version & 1) == 0 && Volatile.Read(ref head->Version) == version)
            {
                if (copy.Ring == null)
                {
                    view = default;
                    return false;
                }
                view = Copy(in copy, below, above, destination, oldest);
                Volatile.ReadBarrier();
                if (Volatile.Read(ref head->Version) == version)
                    return true;
            }
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>
    /// Safe whatever the writer does to the ring meanwhile: the result may be nonsense then, but lies within the ring.
    /// </summary>
    private static InboxView Copy(in InboxHead head, uint below, uint above, Span<uint> destination, bool oldest)
    {
        var to = below > head.Newest ? head.Count : CountBelow(in head, below);
        var from = above < head.CompleteFrom ? 0
            : above == uint.MaxValue ? to
            : Math.Min(to, CountBelow(in head, above + 1));
        var count = Math.Min(to - from, destination.Length);
        var more = count < to - from;
        if (oldest)
        {
            CopyRun(in head, from, destination[..count]);
            return new InboxView(count, head.CompleteFrom, head.Tag, MoreBelow: false, MoreAbove: more);
        }
        CopyRun(in head, to - count, destination[..count]);
        destination[..count].Reverse();
        return new InboxView(count, head.CompleteFrom, head.Tag, MoreBelow: more, MoreAbove: false);
    }

    /// <summary>
    /// How many entries are below a seq: entries ascend from the oldest slot on, around the end of the ring.
    /// </summary>
    private static int CountBelow(in InboxHead head, uint seq)
    {
        int low = 0, high = head.Count, start = head.Start;
        while (low < high)
        {
            var middle = (low + high) / 2;
            var slot = start + middle;
            if (head.Ring[slot < head.Capacity ? slot : slot - head.Capacity] < seq)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    /// <summary>Copies entries, ascending, from the one at an index on (0 is the oldest).</summary>
    private static void CopyRun(in InboxHead head, int index, Span<uint> destination)
    {
        var slot = head.Start + index;
        if (slot >= head.Capacity)
            slot -= head.Capacity;
        var first = Math.Min(destination.Length, head.Capacity - slot);
        new ReadOnlySpan<uint>(head.Ring + slot, first).CopyTo(destination);
        new ReadOnlySpan<uint>(head.Ring, destination.Length - first).CopyTo(destination[first..]);
    }
}
