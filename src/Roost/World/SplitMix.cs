namespace Roost.World;

/// <summary>
/// A seeded source of randomness whose numbers stay the same in every release of .NET, so that a seed names the same
/// world for ever: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014). Not
/// thread-safe, not for secrets.
/// </summary>
internal sealed class SplitMix(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A generator for one purpose, so that one more draw for one does not change all the others.</summary>
    public static SplitMix For(ulong seed, ulong purpose) => new(Replay.StableHash.Combine(seed, purpose));

    public ulong Next() => Replay.StableHash.Mix(_state += Replay.StableHash.Start);

    /// <summary>Uniform in [0, 1), in steps of 2^-53.</summary>
    public double NextUnit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, <paramref name="bound"/>), by Lemire's multiplication; the bias is below
    /// 2^-32.</summary>
    /// <param name="bound">At least 1.</param>
    public int Next(int bound) => (int)(((Next() >> 32) * (ulong)bound) >> 32);

    /// <summary>Standard normal, by Box and Muller's method; the second number of each pair is thrown away for
    /// simplicity.</summary>
    public double NextNormal() =>
        Math.Sqrt(-2 * Math.Log(1 - NextUnit())) * Math.Cos(2 * Math.PI * NextUnit());
}
