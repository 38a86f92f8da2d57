using System.Numerics;

namespace Roost.Engine.Text;

/// <param name="Language">Its place in <see cref="LanguageWords.Words"/>.</param>
internal readonly record struct Vote(int Language, float Weight);

/// <summary>
/// Which languages a word or an ending votes for, by its up to eight bytes: open addressing, at most a quarter full, so
/// that nearly every look-up, found or not, is one look. Never changed.
/// </summary>
internal sealed class VoteTable
{
    private readonly Slot[] _slots;
    private readonly Vote[] _votes;
    private readonly int _shift;

    /// <param name="votes">By the bytes, the first lowest; none is 0.</param>
    public VoteTable(Dictionary<ulong, List<Vote>> votes)
    {
        var length = (int)BitOperations.RoundUpToPowerOf2(4 * (uint)votes.Count);
        _shift = 64 - BitOperations.Log2((uint)length);
        _slots = new Slot[length];
        _votes = [.. votes.Values.SelectMany(list => list)];
        var first = 0;
        foreach (var (key, list) in votes)
        {
            var at = Place(key);
            while (_slots[at].Key != 0)
                at = (at + 1) & (length - 1);
            _slots[at] = new Slot(key, (ushort)first, (ushort)list.Count);
            first += list.Count;
        }
    }

    /// <summary>The votes; empty for what is not there. <b>Hot path.</b></summary>
    public ReadOnlySpan<Vote> Find(ulong key)
    {
        var slots = _slots;
        for (var at = Place(key); ; at = (at + 1) & (slots.Length - 1))
        {
            ref readonly var slot = ref slots[at];
            if (slot.Key == key)
                return _votes.AsSpan(slot.First, slot.Count);
            if (slot.Key == 0)
                return default;
        }
    }

    private int Place(ulong key) => (int)((key * 0x9E37_79B9_7F4A_7C15) >> _shift);

    private readonly record struct Slot(ulong Key, ushort First, ushort Count);
}
