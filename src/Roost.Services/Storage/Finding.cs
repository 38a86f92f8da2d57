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
    /// <summary>To restore a backup, unless the words name another way: nothing here can tell what was there.</summary>
    Damage,
}

/// <summary>One thing that an offline check found, whatever part of the data it is in.</summary>
/// <param name="Where">
/// The file, from the data directory on, and the place in it: <c>graph.db, follows</c>,
/// <c>posts/00000000000000000001.log at byte 32</c>.
/// </param>
/// <param name="What">For the operator: what is there, and what should be.</param>
public sealed record Finding(FindingKind Kind, string Where, string What);
