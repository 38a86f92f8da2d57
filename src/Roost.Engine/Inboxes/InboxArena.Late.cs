using System.Runtime.CompilerServices;
using Roost.Engine.Memory;

namespace Roost.Engine.Inboxes;

/// <remarks>
/// A post of an account with very many followers is delivered in parts, while newer posts go on being delivered whole.
/// It is late then in inboxes that have got newer ones meanwhile, and belongs below these. Most inboxes have not, and
/// take it as any other; in the others it nearly always belongs into the hot line.
/// </remarks>
public sealed unsafe partial class InboxArena
{
    /// <summary>So many accounts are worth waking another thread. Internal so that tests can reach it with few.
    /// </summary>
    internal int LatePartMin { get; init; } = 1 << 15;

    /// <summary>
    /// Delivers one seq to some accounts, wherever it belongs: an inbox ends up as if the seq had come in its turn. The
    /// writer only. <b>Hot path</b>; allocates nothing on one thread.
    /// </summary>
    /// <param name="accounts">In any order; for several writers ascending and each once, so that no two of them have
    /// the same inbox. Those without an inbox, and those that are no accounts, are passed over, and so are inboxes that
    /// have the seq already or whose mark is above it.</param>
    /// <param name="seq">From 1.</param>
    /// <param name="writersMax">From 1: how many threads may have a part of the accounts each. A short list is done by
    /// the calling thread alone.</param>
    /// <returns>How many inboxes it was added to.</returns>
    public long DeliverLate(ReadOnlyMemory<int> accounts, uint seq, int writersMax = 1)
    {
        ArgumentOutOfRangeException.ThrowIfZero(seq);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(writersMax);
        var writers = Math.Min(writersMax, accounts.Length / LatePartMin);
        return writers <= 1 ? DeliverPart(accounts.Span, seq) : DeliverParts(accounts, seq, writers);
    }

    private long DeliverParts(ReadOnlyMemory<int> accounts, uint seq, int writers)
    {
        var made = 0L;
        Run(writers, part =>
        {
            var (from, to) = (PartStart(part), PartStart(part + 1));
            Interlocked.Add(ref made, DeliverPart(accounts.Span[from..to], seq));
        });
        return made;

        int PartStart(int part) => (int)((long)accounts.Length * part / writers);
    }

    [SkipLocalsInit]
    private long DeliverPart(ReadOnlySpan<int> accounts, uint seq)
    {
        var pairs = stackalloc ulong[PairsMax + 1];
        var full = stackalloc int[FullMin + PairsMax + 1];
        var writer = new LateWriter(this, new Writer(this, full));
        Emit(ref writer, pairs, Sift(ref writer, accounts, seq, pairs, 0));
        return writer.End();
    }

    /// <summary>Puts a seq where it belongs below newer ones.</summary>
    /// <returns>False when it is there already, or does not belong there any more.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Insert(uint* line, InboxHead* head, uint seq)
    {
        if (!TryPlace(line, head, seq, out var index))
            return false;
        if ((*line & HotLine.CountMask) == HotLine.Entries)
        {
            CopyLine(line, head);
            // The oldest block may have gone, and with it the place.
            if (!TryPlace(line, head, seq, out index))
                return false;
        }
        var count = *line & HotLine.CountMask;
        var control = BeginChange(line);
        for (var i = (head->Blocks * HotLine.Entries) + (int)count; i > index; i--)
            *Entry(line, head, i) = *Entry(line, head, i - 1);
        *Entry(line, head, index) = seq;
        EndChange(line, control, HotLine.Present | (count + 1));
        return true;
    }

    /// <summary>How many entries are older than a seq that is not among them and not below the mark.</summary>
    private static bool TryPlace(uint* line, InboxHead* head, uint seq, out int index)
    {
        var end = (head->Blocks * HotLine.Entries) + (int)(*line & HotLine.CountMask);
        var start = Math.Max(0, end - Capacity);
        index = end;
        while (index > start && *Entry(line, head, index - 1) > seq)
            index--;
        if (index > start)
            return *Entry(line, head, index - 1) != seq;
        return seq >= (start > 0 ? *Entry(line, head, start - 1) + 1 : head->CompleteFrom);
    }

    /// <summary>The place of an entry, counted from the oldest one; those after the ring's are the line's.</summary>
    private static uint* Entry(uint* line, InboxHead* head, int index)
    {
        var inLine = index - (head->Blocks * HotLine.Entries);
        return inLine >= 0
            ? line + 1 + inLine
            : head->Block(index / HotLine.Entries) + 1 + (index % HotLine.Entries);
    }

    /// <summary>Inserts where there are newer entries, and leaves the others to an ordinary writer.</summary>
    private ref struct LateWriter(InboxArena arena, Writer writer) : IPairs
    {
        private Writer _writer = writer;
        private long _inserted;

        public void Take(ulong* pairs, int count)
        {
            var heads = arena._heads;
            var ordinary = 0;
            for (var i = 0; i < Math.Min(LinesAhead, count); i++)
                Processor.Prefetch(heads.Line((int)pairs[i]));
            for (var i = 0; i < count; i++)
            {
                if (i + LinesAhead < count)
                    Processor.Prefetch(heads.Line((int)pairs[i + LinesAhead]));
                var account = (int)pairs[i];
                var line = heads.Line(account);
                var seq = (uint)(pairs[i] >> 32);
                if (seq > line[HotLine.NewestWord((int)(*line & HotLine.CountMask))])
                    pairs[ordinary++] = pairs[i];
                else if (arena.Insert(line, heads.Head(account), seq))
                    _inserted++;
            }
            _writer.Take(pairs, ordinary);
        }

        public long End()
        {
            _writer.CopyFull();
            return _inserted + _writer.Made;
        }
    }
}
