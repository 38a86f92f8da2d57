namespace Roost.Replay;

/// <summary>
/// A 64-bit hash that is the same on every machine and in every release, for what is stored or must be repeatable; not
/// against an adversary. Each step is the finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom
/// Number Generators, OOPSLA 2014), which spreads every input bit over all output bits.
/// </summary>
internal static class StableHash
{
    public const ulong Start = 0x9E37_79B9_7F4A_7C15;

    public static ulong Combine(ulong hash, ulong value) => Mix((hash + Start) ^ Mix(value + Start));

    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
