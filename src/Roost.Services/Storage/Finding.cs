namespace Roost.Services.Storage;

/// <summary>What a finding asks of the operator.</summary>
public enum FindingKind
{
    /// <summary>Nothing; it is worth knowing.</summary>
    Note,
    /// <summary>Nothing any more: it was made again just now from what is intact.</summary>
    Repaired,
    /// <summary>To check again with repair: it can be made again from what is intact.</summary>
    Repairable,
    /// <summary>To restore a backup, unless the finding names a way out: nothing here can tell what was
    /// there.</summary>
    Damage,
}

/// <summary>One thing that an offline check found, whatever part of the data it is in.</summary>
/// <param name="Where">
/// The file, from the data directory on, and the place in it: <c>graph.db, follows</c>,
/// <c>posts/00000000000000000001.log at byte 32</c>.
/// </param>
/// <param name="What">For the operator: what is there, and what should be.</param>
public sealed record Finding(FindingKind Kind, string Where, string What)
{
    /// <summary>What can be done about damage other than restoring a backup, one or two sentences; null for
    /// nothing.</summary>
    public string? WayOut { get; init; }
}

/// <summary>Ways out that several findings share.</summary>
internal static class WaysOut
{
    public const string AcceptLoss =
        "Without a backup: `roost check --repair --accept-loss` tells what would be lost of the posts, and with --yes "
        + "gives that up and keeps all else.";
}
