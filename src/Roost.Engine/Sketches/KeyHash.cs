namespace Roost.Engine.Sketches;

/// <summary>Hashes for sketches: the same in every process, all bits of use. Not for keys that somebody chose to
/// collide: a sketch then tells too much of them, and nothing breaks.</summary>
public static class KeyHash
{
    /// <summary>FNV-1a over the text's UTF-16 units, then mixed.</summary>
    public static ulong Of(string key)
    {
        var hash = 0xCBF2_9CE4_8422_2325;
        foreach (var unit in key)
            hash = (hash ^ unit) * 0x0000_0100_0000_01B3;
        return Of(hash);
    }

    /// <summary>Mixes a number (the finalizer of MurmurHash3).</summary>
    public static ulong Of(ulong key)
    {
        key = (key ^ (key >> 33)) * 0xFF51_AFD7_ED55_8CCD;
        key = (key ^ (key >> 33)) * 0xC4CE_B9FE_1A85_EC53;
        return key ^ (key >> 33);
    }
}
