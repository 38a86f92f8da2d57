using Roost.Engine.Columns;
using Roost.Engine.Ids;

namespace Roost.Services.Timelines;

/// <summary>
/// When each account was last here, in minutes since the process started plus one; 0 is never. Kept for inboxes alone,
/// so it starts empty with them. Written by readers of timelines without a lock: the last one wins, which is the newest
/// within a minute.
/// </summary>
internal sealed class Presence(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Lock _growing = new();
    private readonly GrowingColumn<int> _minutes = new();
    private uint _capacity;

    public void Note(AccountId account)
    {
        var index = (uint)account.Value;
        if (index >= Volatile.Read(ref _capacity))
            Grow(index);
        ref var minutes = ref _minutes.At(index);
        var now = Now();
        if (minutes != now)
            minutes = now;
    }

    /// <summary>Notes an account, unless it was noted within <paramref name="time"/>; whether it was noted
    /// now.</summary>
    public bool NoteAfter(AccountId account, TimeSpan time)
    {
        var index = (uint)account.Value;
        if (index < Volatile.Read(ref _capacity) && _minutes[index] is var minutes and not 0
            && Now() - minutes < (int)time.TotalMinutes)
        {
            return false;
        }
        Note(account);
        return true;
    }

    /// <summary>Those who were here, but not for longer than <paramref name="limit"/>.</summary>
    public List<AccountId> AwayFor(TimeSpan limit)
    {
        var oldest = Now() - (int)limit.TotalMinutes;
        return [.. Known().Where(known => known.Minutes < oldest).Select(known => known.Account)];
    }

    /// <summary>Of those who were here and that <paramref name="among"/> holds for, the <paramref name="count"/>
    /// longest away.</summary>
    public List<AccountId> LongestAway(int count, Func<AccountId, bool> among)
    {
        // A queue of the longest-away so far, whose head is the one of them that was here last.
        var longest = new PriorityQueue<AccountId, int>();
        foreach (var (account, minutes) in Known())
        {
            if (!among(account))
                continue;
            if (longest.Count < count)
                longest.Enqueue(account, -minutes);
            else
                longest.EnqueueDequeue(account, -minutes);
        }
        return [.. longest.UnorderedItems.Select(item => item.Element)];
    }

    private IEnumerable<(AccountId Account, int Minutes)> Known()
    {
        var capacity = Volatile.Read(ref _capacity);
        for (var index = 1u; index < capacity; index++)
        {
            if (_minutes[index] is var minutes and not 0)
                yield return (new AccountId((int)index), minutes);
        }
    }

    private int Now() => 1 + (int)time.GetElapsedTime(_start).TotalMinutes;

    private void Grow(uint index)
    {
        lock (_growing)
        {
            if (index < _capacity)
                return;
            var capacity = (index / GrowingColumn<int>.ChunkLength + 1) * GrowingColumn<int>.ChunkLength;
            _minutes.EnsureCapacity(capacity);
            Volatile.Write(ref _capacity, capacity);
        }
    }
}
