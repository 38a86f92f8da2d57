using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;

namespace Roost.Services.Timelines;

/// <summary>
/// The giants' posts on their way, and whose turn it is: one slice for each author, round and round, so that one who
/// posts much delays nobody else; an author's own go one after the other. Changed by who holds the right to write;
/// readers take a snapshot.
/// </summary>
internal sealed class GiantPosts
{
    /// <summary>So many at a time; further ones make the feed wait. Bounds what a reader has to look at: some 30 ns
    /// each.</summary>
    private const int CountMax = 64;

    private readonly Dictionary<AccountId, Queue<GiantPost>> _byAuthor = [];
    private readonly Queue<Queue<GiantPost>> _rotation = new();
    private GiantPost[] _all = [];

    /// <summary>All of them, in the order in which they were begun: by seq. Any thread.</summary>
    public GiantPost[] All => Volatile.Read(ref _all);

    public bool IsFull => _all.Length >= CountMax;

    public void Begin(GiantPost giant)
    {
        if (!_byAuthor.TryGetValue(giant.Author, out var queue))
        {
            _byAuthor[giant.Author] = queue = new Queue<GiantPost>();
            _rotation.Enqueue(queue);
        }
        queue.Enqueue(giant);
        Volatile.Write(ref _all, [.. _all, giant]);
    }

    /// <summary>Whose slice is next.</summary>
    public GiantPost Next() => _rotation.Peek().Peek();

    /// <summary>A slice of the next one was delivered: it is another author's turn.</summary>
    public void Advance()
    {
        var queue = _rotation.Dequeue();
        var giant = queue.Peek();
        if (giant.IsDone)
        {
            queue.Dequeue();
            Volatile.Write(ref _all, Array.FindAll(_all, other => other != giant));
        }
        if (queue.Count > 0)
            _rotation.Enqueue(queue);
        else
            _byAuthor.Remove(giant.Author);
    }

    /// <summary>An account's inbox was filled from the fallback with all that belongs in it up to a seq.</summary>
    public void Settle(AccountId account, uint upTo)
    {
        foreach (var giant in _all)
        {
            if (giant.Seq <= upTo)
                giant.Settle(account);
        }
    }

    /// <summary>Adds to a page of an inbox, newest first, what is on its way to it.</summary>
    /// <param name="page">The first <see cref="InboxView.Count"/> are what was read.</param>
    public static InboxView MergeNewest(
        GiantPost[] giants, AccountId reader, SortedIds followees, uint below, uint above, Span<uint> page,
        InboxView view)
    {
        foreach (var giant in giants)
        {
            var seq = giant.Seq;
            if (seq >= below || seq <= above || seq < view.CompleteFrom || !giant.IsFor(reader, followees))
                continue;
            var place = view.Count;
            while (place > 0 && page[place - 1] < seq)
                place--;
            // It came meanwhile; or the page ends above it.
            if ((place > 0 && page[place - 1] == seq) || (place == view.Count && view.MoreBelow))
                continue;
            view = Insert(page, place, seq, view.Count) is var count && count == view.Count
                ? view with { MoreBelow = true }
                : view with { Count = count };
        }
        return view;
    }

    /// <summary>The same for a page that is oldest first.</summary>
    public static InboxView MergeOldest(
        GiantPost[] giants, AccountId reader, SortedIds followees, uint below, uint above, Span<uint> page,
        InboxView view)
    {
        foreach (var giant in giants)
        {
            var seq = giant.Seq;
            if (seq >= below || seq <= above || seq < view.CompleteFrom || !giant.IsFor(reader, followees))
                continue;
            var place = view.Count;
            while (place > 0 && page[place - 1] > seq)
                place--;
            if ((place > 0 && page[place - 1] == seq) || (place == view.Count && view.MoreAbove))
                continue;
            view = Insert(page, place, seq, view.Count) is var count && count == view.Count
                ? view with { MoreAbove = true }
                : view with { Count = count };
        }
        return view;
    }

    /// <summary>Puts a seq at its place; of a full page the last one falls out.</summary>
    /// <returns>How many there are then.</returns>
    private static int Insert(Span<uint> page, int place, uint seq, int count)
    {
        if (place == page.Length)
            return count;
        var kept = Math.Min(count, page.Length - 1);
        page[place..kept].CopyTo(page[(place + 1)..]);
        page[place] = seq;
        return kept + 1;
    }
}
