namespace Roost.Services.Storage;

/// <summary>What the check of one part of a data directory read, found and did.</summary>
/// <param name="Part">The service: <c>users</c>, <c>graph</c> or <c>posts</c>.</param>
/// <param name="Counts">
/// How much was read and verified, by its plural noun. The first tells whether the part holds anything. Empty when
/// it could not be read.
/// </param>
/// <param name="Findings">In the order in which they came up.</param>
/// <param name="Done">What a repair did, a sentence each.</param>
public sealed record CheckReport(
    string Part, IReadOnlyList<(string Noun, long Count)> Counts, IReadOnlyList<Finding> Findings,
    IReadOnlyList<string> Done)
{
    /// <summary>
    /// Whether nothing of the part is there. Its own check cannot tell what that means: a first start that died early
    /// leaves it so, and so does a lost file. The other parts tell.
    /// </summary>
    public bool IsMissing { get; init; }

    /// <summary>What is lost, or would be, for who asked to accept that (<see cref="LossChoice"/>); a sentence
    /// each.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];

    /// <summary>Whether it was read and holds nothing.</summary>
    public bool IsEmpty => Counts is [(_, 0), ..];

    /// <summary>Whether nothing is left to be done.</summary>
    public bool IsSound => Findings.All(finding => finding.Kind is FindingKind.Note or FindingKind.Repaired);

    /// <summary>Of a part of which nothing is there.</summary>
    public static CheckReport Missing(string part) => new(part, [], [], []) { IsMissing = true };
}
