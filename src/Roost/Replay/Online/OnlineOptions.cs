namespace Roost.Replay.Online;

/// <summary>How to play a network against a running server.</summary>
public sealed record OnlineOptions
{
    /// <summary>Where its client API is, for example http://127.0.0.1:3000.</summary>
    public required Uri Server { get; init; }

    /// <summary>How many seconds of the source pass in one; <see cref="double.PositiveInfinity"/> goes as fast as the
    /// server answers. Above 0.</summary>
    public required double Speed { get; init; }

    /// <summary>Passwords of the accounts are derived from it, so the same secret signs in again.</summary>
    public required string Secret { get; init; }

    /// <summary>Most requests under way at once. 1 to 1,024; 32 keeps a server of a few cores busy.</summary>
    public int Concurrency { get; init; } = 32;

    /// <summary>How often a request is sent in all before it counts as failed. At least 1.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Wait before the second attempt; doubled before each further one. With 6 attempts 200 ms make 6.2 s in
    /// all: enough for a restart.</summary>
    public TimeSpan FirstRetryAfter { get; init; } = TimeSpan.FromMilliseconds(200);
}
