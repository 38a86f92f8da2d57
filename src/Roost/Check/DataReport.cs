using Roost.Services.Storage;

namespace Roost.Check;

/// <summary>What a check of a whole data directory found and did.</summary>
/// <param name="Directory">Its full path.</param>
/// <param name="Parts">In the order in which they were checked.</param>
public sealed record DataReport(string Directory, IReadOnlyList<CheckReport> Parts)
{
    /// <summary>Whether nothing is left to be done.</summary>
    public bool IsSound => Parts.All(part => part.IsSound);

    /// <summary>One or two sentences: how the data is, and what to do next.</summary>
    public string Verdict
    {
        get
        {
            if (Has(FindingKind.Damage))
            {
                return "The data is damaged. Restore a backup, or do what the findings name instead; keep a copy of "
                    + "the directory until then."
                    + (Has(FindingKind.Repairable) ? " `roost check --repair` mends what is called repairable." : "");
            }
            if (Has(FindingKind.Repairable))
                return "Nothing is lost. Run `roost check --repair` on this directory to make the rest again.";
            return Has(FindingKind.Repaired) ? "The data is sound again; nothing was lost." : "The data is sound.";
        }
    }

    private bool Has(FindingKind kind) => Parts.Any(part => part.Findings.Any(finding => finding.Kind == kind));
}
