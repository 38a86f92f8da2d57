namespace Roost.Engine.Chains;

/// <summary>
/// An entry of a chain, or none. It stays valid as long as its <see cref="PostChains"/>; entries never change.
/// </summary>
/// <param name="Node">Where it is kept; 0 for none. Means nothing to another <see cref="PostChains"/>.</param>
/// <param name="Seq">The record's place in the log; 0 for none.</param>
public readonly record struct ChainEntry(uint Node, uint Seq)
{
    public bool IsNone => Node == 0;
}
