namespace Roost.Replay.Loading;

/// <summary>What a load is busy with; also the order of its steps.</summary>
public enum LoadStep
{
    Accounts,
    Follows,
    Posts,
    FanOut,
    Verify,
}
