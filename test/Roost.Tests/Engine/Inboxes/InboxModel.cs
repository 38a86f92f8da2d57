using Roost.Engine.Ids;
using Roost.Engine.Inboxes;
using Xunit;

namespace Roost.Tests.Engine.Inboxes;

/// <summary>Inboxes as plain lists: what the arena is compared with.</summary>
/// <param name="isTight">The arena's budget will be used up.</param>
internal sealed class InboxModel(bool isTight)
{
    public sealed record Inbox(List<uint> Seqs, int Tag)
    {
        public uint From { get; set; }
    }

    public Dictionary<int, Inbox> Inboxes { get; } = [];

    public void Install(int account, uint[] ascending, uint from, int tag)
    {
        Inboxes[account] = new Inbox([.. ascending], tag) { From = from };
        Trim(Inboxes[account], InboxArena.Capacity);
    }

    /// <summary>How many inboxes take the seq. <see cref="Settle"/> afterwards.</summary>
    public long Deliver(IEnumerable<int> accounts, uint seq)
    {
        var made = 0L;
        foreach (var account in accounts)
        {
            if (!Inboxes.TryGetValue(account, out var inbox) || seq < inbox.From
                || (inbox.Seqs.Count > 0 && seq <= inbox.Seqs[^1]))
                continue;
            inbox.Seqs.Add(seq);
            made++;
            if (!isTight)
                Trim(inbox, InboxArena.Capacity);
        }
        return made;
    }

    /// <summary>The same for a seq that may be older than others.</summary>
    public long DeliverLate(IEnumerable<int> accounts, uint seq)
    {
        var made = 0L;
        foreach (var account in accounts)
        {
            if (!Inboxes.TryGetValue(account, out var inbox) || seq < inbox.From)
                continue;
            var place = inbox.Seqs.BinarySearch(seq);
            if (place >= 0)
                continue;
            inbox.Seqs.Insert(~place, seq);
            made++;
            if (!isTight)
                Trim(inbox, InboxArena.Capacity);
        }
        return made;
    }

    /// <summary>An inbox that could not grow may keep fewer than 800, but only by dropping its oldest: how many it keeps
    /// is read from the arena, that they are the right ones is asserted by reading.</summary>
    public void Settle(IEnumerable<int> accounts, InboxArena arena)
    {
        if (!isTight)
            return;
        var kept = new uint[InboxArena.Capacity];
        foreach (var account in accounts)
        {
            if (!Inboxes.TryGetValue(account, out var inbox))
                continue;
            Assert.True(arena.TryRead(new AccountId(account), uint.MaxValue, 0, kept, out var view));
            Assert.True(view.Count >= Math.Min(inbox.Seqs.Count, 15), $"Account {account} keeps only {view.Count}.");
            Trim(inbox, view.Count);
        }
    }

    public void AssertRead(Random random, InboxArena arena, int account, uint seq)
    {
        var below = random.Next(3) == 0 ? uint.MaxValue : (uint)random.NextInt64(seq + 10);
        var above = random.Next(3) == 0 ? 0 : (uint)random.NextInt64(seq + 10);
        var limit = random.Next(4) == 0 ? 800 : random.Next(0, 25);
        var page = new uint[limit];
        var oldest = random.Next(2) == 0;
        var found = oldest
            ? arena.TryReadOldest(new AccountId(account), below, above, page, out var view)
            : arena.TryRead(new AccountId(account), below, above, page, out view);

        Assert.Equal(Inboxes.TryGetValue(account, out var inbox), found);
        if (inbox is null)
            return;
        var range = inbox.Seqs.Where(entry => entry > above && entry < below).ToArray();
        var expected = oldest ? range.Take(limit).ToArray() : range.Reverse().Take(limit).ToArray();
        Assert.Equal(expected, page[..view.Count]);
        var more = range.Length > limit;
        Assert.Equal(new InboxView(expected.Length, inbox.From, inbox.Tag, more && !oldest, more && oldest), view);
    }

    private static void Trim(Inbox inbox, int count)
    {
        if (inbox.Seqs.Count <= count)
            return;
        inbox.From = inbox.Seqs[^(count + 1)] + 1;
        inbox.Seqs.RemoveRange(0, inbox.Seqs.Count - count);
    }
}
