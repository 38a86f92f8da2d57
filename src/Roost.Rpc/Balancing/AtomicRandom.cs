namespace Roost.Rpc.Balancing;

/// <summary>Random numbers from a seed for many threads: SplitMix64 over a shared counter (Steele, Lea, Flood, 2014).
/// One atomic addition a number.</summary>
internal sealed class AtomicRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong Next() => Mix(Interlocked.Add(ref _state, 0x9E3779B97F4A7C15));

    /// <summary>Numbers that are near each other come to lie anywhere.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
