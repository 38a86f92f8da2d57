using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Roost.Engine.Ids;

namespace Roost.Engine.Inboxes;

public sealed unsafe partial class InboxArena
{
    /// <summary>Whether an account has an inbox. Any thread.</summary>
    public bool Contains(AccountId account)
    {
        var line = _heads.Find(account.Value, out _);
        return line != null && (Volatile.Read(ref *line) & HotLine.Present) != 0;
    }

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
        var line = _heads.Find(account.Value, out var head);
        if (line == null)
            return false;

        var spin = default(SpinWait);
        while (true)
        {
            // The count is taken here, once: entries that come while the copying goes on are not for this reader.
            var control = Volatile.Read(ref *line);
            if ((control & HotLine.Changing) == 0)
            {
                if ((control & HotLine.Present) == 0)
                {
                    view = default;
                    return false;
                }
                var entries = new Entries(line, (int)(control & HotLine.CountMask), *head);
                // The head must be whole before its ring is followed; then the ring must not have changed under the
                // copying.
                if (IsSameEpoch(line, control))
                {
                    view = entries.Copy(below, above, destination, oldest);
                    if (IsSameEpoch(line, control))
                        return true;
                }
            }
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>What two blocks hold, and the line if it is not empty.</summary>
    private const int NewestMax = 2 * HotLine.Entries;

    private static bool IsSameEpoch(uint* line, uint control)
    {
        Volatile.ReadBarrier();
        return ((Volatile.Read(ref *line) ^ control) & ~HotLine.CountMask) == 0;
    }

    /// <summary>
    /// The entries as of one control word, ascending: those in the ring, then those in the line. Safe whatever the
    /// writer does meanwhile: the result may be nonsense then, but lies within line and ring.
    /// </summary>
    private readonly ref struct Entries(uint* line, int lineCount, in InboxHead head)
    {
        private readonly InboxHead _head = head;
        private readonly int _ringCount = head.Blocks * HotLine.Entries;

        /// <summary>The newest 800 count; what the ring has beyond them is not shown.</summary>
        private readonly int _start = Math.Max(0, (head.Blocks * HotLine.Entries) + lineCount - Capacity);

        private int End => _ringCount + lineCount;

        private uint CompleteFrom => _start > 0 ? this[_start - 1] + 1 : _head.CompleteFrom;

        private uint this[int index]
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get
            {
                if (index >= _ringCount)
                    return line[1 + index - _ringCount];
                var (block, entry) = Math.DivRem((uint)index, HotLine.Entries);
                return _head.Block((int)block)[1 + entry];
            }
        }

        public InboxView Copy(uint below, uint above, Span<uint> destination, bool oldest)
        {
            var completeFrom = CompleteFrom;
            if (!oldest && below == uint.MaxValue && above < completeFrom && destination.Length <= NewestMax)
                return CopyNewest(completeFrom, destination);
            var to = below == uint.MaxValue ? End : CountBelow(below);
            var from = above < completeFrom ? _start
                : above == uint.MaxValue ? to
                : Math.Min(to, CountBelow(above + 1));
            var count = Math.Min(to - from, destination.Length);
            var more = count < to - from;
            if (oldest)
            {
                CopyRun(from, destination[..count]);
                return new InboxView(count, completeFrom, _head.Tag, MoreBelow: false, MoreAbove: more);
            }
            CopyRun(to - count, destination[..count]);
            destination[..count].Reverse();
            return new InboxView(count, completeFrom, _head.Tag, MoreBelow: more, MoreAbove: false);
        }

        /// <summary>
        /// The same for the newest page, which is what most readers want. How much of a page is in the line and how
        /// much in the ring is as good as random, so copies of those lengths would be mispredicted, and the reads of
        /// different inboxes, which are misses all of them, could not overlap. So three lines are turned round whole,
        /// in a place where they meet:
        /// <code>
        ///  newest first   | –  – | line, count entries | newest block, 15 | block before, 15 |
        ///                 0      15 - count            15                 30
        /// </code>
        /// </summary>
        [SkipLocalsInit]
        private InboxView CopyNewest(uint completeFrom, Span<uint> destination)
        {
            var reversed = stackalloc uint[3 * HotLine.Words];
            Reverse(line, reversed);
            // Where there are fewer blocks some block of the ring is copied, beyond the count.
            Reverse(_head.Block(Math.Max(0, _head.Blocks - 1)), reversed + HotLine.Entries);
            Reverse(_head.Block(Math.Max(0, _head.Blocks - 2)), reversed + (2 * HotLine.Entries));
            var count = Math.Min(End - _start, destination.Length);
            new ReadOnlySpan<uint>(reversed + HotLine.Entries - lineCount, count).CopyTo(destination);
            return new InboxView(count, completeFrom, _head.Tag, count < End - _start, MoreAbove: false);
        }

        private static void Reverse(uint* line, uint* reversed)
        {
            for (var i = 0; i < HotLine.Words; i += Vector128<uint>.Count)
            {
                var four = Vector128.Load(line + HotLine.Words - Vector128<uint>.Count - i);
                Vector128.Shuffle(four, Vector128.Create(3u, 2, 1, 0)).Store(reversed + i);
            }
        }

        /// <summary>The index of the first entry shown that is not below a seq.</summary>
        private int CountBelow(uint seq)
        {
            int low = _start, high = End;
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (this[middle] < seq)
                    low = middle + 1;
                else
                    high = middle;
            }
            return low;
        }

        /// <summary>Copies entries, ascending, from the one at an index on.</summary>
        private void CopyRun(int index, Span<uint> destination)
        {
            while (index < _ringCount && !destination.IsEmpty)
            {
                var (block, entry) = Math.DivRem((uint)index, HotLine.Entries);
                var count = Math.Min(HotLine.Entries - (int)entry, destination.Length);
                new ReadOnlySpan<uint>(_head.Block((int)block) + 1 + entry, count).CopyTo(destination);
                destination = destination[count..];
                index += count;
            }
            new ReadOnlySpan<uint>(line + 1 + index - _ringCount, destination.Length).CopyTo(destination);
        }
    }
}
