using Roost.Engine.Ids;
using Roost.Engine.Inboxes;

namespace Roost.Services.Timelines.Redis;

/// <summary>What a turn has for each group: pairs of account and seq, in the order in which they go into inboxes.
/// </summary>
internal sealed class TurnPlan
{
    private readonly List<ulong>[] _pairs = [.. Enumerable.Range(0, InboxKeys.Groups).Select(_ => new List<ulong>())];
    private readonly List<AccountId>[] _drops =
        [.. Enumerable.Range(0, InboxKeys.Groups).Select(_ => new List<AccountId>())];

    /// <summary>Accounts whose inboxes are to go before the pairs.</summary>
    public IReadOnlyList<AccountId> Drops(int group) => _drops[group];

    /// <summary>Seq above, account below.</summary>
    public List<ulong> Pairs(int group) => _pairs[group];

    public void Clear()
    {
        foreach (var pairs in _pairs)
            pairs.Clear();
        foreach (var drops in _drops)
            drops.Clear();
    }

    public void Drop(AccountId account) => _drops[InboxKeys.GroupOf(account)].Add(account);

    /// <summary>Adds a batch, but not those who are known to have no inbox.</summary>
    public void Add(ReadOnlySpan<Delivery> batch, AbsentInboxes absent)
    {
        foreach (ref readonly var delivery in batch)
        {
            Add(delivery.Author.Value, delivery.Seq, absent);
            if (delivery.Answered != delivery.Author)
                Add(delivery.Answered.Value, delivery.Seq, absent);
            foreach (var block in delivery.Audience.Blocks)
            {
                foreach (var account in block)
                    Add(account, delivery.Seq, absent);
            }
        }
    }

    private void Add(int account, uint seq, AbsentInboxes absent)
    {
        if (account > 0 && !absent.Contains(account))
            _pairs[InboxKeys.GroupOf(new AccountId(account))].Add(((ulong)seq << 32) | (uint)account);
    }
}

/// <summary>
/// Accounts that are known to have no inbox, a bit each: who got an inbox from here, and who was not asked about yet,
/// is not among them. Changed by who holds the right to write.
/// </summary>
internal sealed class AbsentInboxes
{
    private ulong[] _bits = [];

    public bool Contains(int account) =>
        (uint)account >> 6 is var word && word < (uint)_bits.Length && (_bits[word] >> (account & 63) & 1) != 0;

    public void Add(int account)
    {
        var word = account >> 6;
        if (word >= _bits.Length)
            Array.Resize(ref _bits, Math.Max(2 * _bits.Length, word + 1));
        _bits[word] |= 1UL << (account & 63);
    }

    public void Remove(int account)
    {
        if (Contains(account))
            _bits[account >> 6] &= ~(1UL << (account & 63));
    }

    /// <summary>Adds all of a group that there is room for.</summary>
    public void AddAll(int group)
    {
        for (var account = group; account < _bits.Length << 6; account += InboxKeys.Groups)
            Add(account);
    }
}
