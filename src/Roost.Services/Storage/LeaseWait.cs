namespace Roost.Services.Storage;

/// <summary>How a process waits for the right to write a schema that another one has.</summary>
/// <param name="Waits">Is told, once, that it has to.</param>
/// <param name="IsHolderDead">Asked twice a second or so, and may take its time: whether the other one is there without
/// any life in it, so that its connection may be ended. Is told when that connection was last used. A
/// wrong yes costs that one its right, and nobody any data.</param>
/// <param name="Cancellation">Ends the waiting, within half a second.</param>
public sealed record LeaseWait(Action Waits, Func<long, bool> IsHolderDead, CancellationToken Cancellation)
{
    /// <summary>What is waited at most, once the server can be reached, until somebody has the right: it was away, or
    /// has ended connections, and whoever had the right is to come first.</summary>
    public TimeSpan Hesitation { get; init; }
}

/// <summary>What a process that stood by knows of the one whose place it takes. One for all its databases; any
/// thread.</summary>
public sealed class TakeOver
{
    private volatile bool _hasLease;
    private volatile bool _isHolderDead;

    /// <summary>Whether the right to the first schema was waited for and is had: whoever is in another one is ended.
    /// </summary>
    public bool HasLease
    {
        get => _hasLease;
        set => _hasLease = value;
    }

    /// <summary>Whether the other one was found dead, so that nobody is waited for.</summary>
    public bool IsHolderDead
    {
        get => _isHolderDead;
        set => _isHolderDead = value;
    }
}
