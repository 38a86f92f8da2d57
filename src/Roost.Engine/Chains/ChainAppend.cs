namespace Roost.Engine.Chains;

/// <summary>A record that is to be put at the newest end of a chain.</summary>
public readonly record struct ChainAppend(int Key, uint Seq);
