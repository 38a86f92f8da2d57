namespace Roost.Engine.Sketches;

/// <summary>
/// Whether a pair was seen before in the same period, in fixed memory: for counting each author once. A pair whose slot
/// another one took meanwhile counts as new again, so a flood counts too much by as many times as it collides, and one
/// author alone, whose pairs are few, not at all.
/// </summary>
/// <remarks>A slot a hash; 8 bytes each. One thread at a time.</remarks>
public sealed class FirstTimes
{
    private readonly ulong[] _slots;
    private readonly int _bits;

    /// <param name="bits">Logarithm of the number of slots, 4 to 24.</param>
    public FirstTimes(int bits = 17)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bits, Math.Clamp(bits, 4, 24));
        _bits = bits;
        _slots = new ulong[1 << bits];
    }

    /// <param name="one">A hash.</param>
    /// <param name="period">The number of the day, or hour.</param>
    /// <returns>Whether it is the first time, as far as is known.</returns>
    public bool Note(ulong one, int other, long period)
    {
        var mixed = KeyHash.Of(one ^ KeyHash.Of(((ulong)period << 32) | (uint)other));
        var mark = mixed | 1;
        ref var slot = ref _slots[mixed >> (64 - _bits)];
        if (slot == mark)
            return false;
        slot = mark;
        return true;
    }
}
