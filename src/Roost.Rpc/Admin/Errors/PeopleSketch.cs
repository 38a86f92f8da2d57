using System.Numerics;

namespace Roost.Rpc.Admin.Errors;

/// <summary>
/// How many different people, of any number, in 256 bytes: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007), with
/// linear counting while there are few. Off by some 6.5 %. Sketches of several processes are merged into one of all.
/// </summary>
/// <remarks>One thread at a time.</remarks>
internal sealed class PeopleSketch
{
    public const int Registers = 256;

    private const double Alpha = 0.7213 / (1 + 1.079 / Registers);

    // Of each of 256 parts of all people: the greatest rank seen. The rank of a hash is at least r with a chance of
    // 2^(1-r).
    private readonly byte[] _ranks = new byte[Registers];

    /// <summary>About how many were added.</summary>
    public int Estimate
    {
        get
        {
            var sum = 0.0;
            var unseen = 0;
            foreach (var rank in _ranks)
            {
                sum += Math.ScaleB(1, -rank);
                if (rank == 0) unseen++;
            }
            var estimate = Alpha * Registers * Registers / sum;
            if (estimate <= 2.5 * Registers && unseen > 0) estimate = Registers * Math.Log((double)Registers / unseen);
            return (int)Math.Round(estimate);
        }
    }

    /// <param name="who">A hash: all 64 bits must count.</param>
    public void Add(ulong who)
    {
        ref var rank = ref _ranks[(int)(who % Registers)];
        // The eight bits that chose the register are not looked at again.
        rank = Math.Max(rank, (byte)(BitOperations.LeadingZeroCount((who / Registers << 8) | 0x80) + 1));
    }

    /// <param name="ranks">Another sketch's; whatever is no sketch adds nobody.</param>
    public void Merge(ReadOnlySpan<byte> ranks)
    {
        if (ranks.Length != Registers) return;
        for (var i = 0; i < Registers; i++) _ranks[i] = Math.Max(_ranks[i], ranks[i]);
    }

    public byte[] ToArray() => [.. _ranks];
}

/// <summary>How many different people in the last hour, forgotten ten minutes at a time.</summary>
/// <remarks>One thread at a time. 256 bytes for each ten minutes in which there was somebody.</remarks>
internal sealed class RecentPeople
{
    private const int Slots = 6;
    private const int SlotMinutes = 10;

    private readonly PeopleSketch?[] _slots = new PeopleSketch?[Slots];

    // Which ten minutes of all time each slot is of.
    private readonly long[] _numbers = new long[Slots];

    public void Add(ulong who, long minute)
    {
        var number = minute / SlotMinutes;
        var slot = number % Slots;
        if (_numbers[slot] != number || _slots[slot] is null) (_numbers[slot], _slots[slot]) = (number, new());
        _slots[slot]!.Add(who);
    }

    public PeopleSketch Read(long minute)
    {
        var all = new PeopleSketch();
        for (var slot = 0; slot < Slots; slot++)
        {
            if (_slots[slot] is { } people && _numbers[slot] > minute / SlotMinutes - Slots)
                all.Merge(people.ToArray());
        }
        return all;
    }
}
