using Roost.Services.Storage;

namespace Roost.Check;

/// <summary>What a check of a whole data directory found and did.</summary>
/// <param name="Directory">Its full path.</param>
/// <param name="Repair">Whether it was asked to mend.</param>
/// <param name="Loss">What it was asked to do about what is lost.</param>
/// <param name="Parts">In the order in which they were checked.</param>
public sealed record DataReport(string Directory, bool Repair, LossChoice Loss, IReadOnlyList<CheckReport> Parts)
{
    /// <summary>Whether nothing is left to be done.</summary>
    public bool IsSound => Parts.All(part => part.IsSound);

    /// <summary>How the data is, and what to do next.</summary>
    public string Verdict
    {
        get
        {
            if (Has(FindingKind.Damage)) return Loss == LossChoice.Tell ? WhatWouldBeLost : HowDamageEnds;
            if (Has(FindingKind.Repairable))
                return "Nothing is lost. Run `roost check --repair` on this directory to make the rest again.";
            if (Loss == LossChoice.Accept && HasLost)
                return "The data is sound again, without what was lost; what was damaged is kept aside.";
            return Has(FindingKind.Repaired) ? "The data is sound again; nothing was lost." : "The data is sound.";
        }
    }

    private bool HasLost => Parts.Any(part => part.Lost.Count > 0);

    private string WhatWouldBeLost => HasLost
        ? "Nothing was changed. What is named above would be lost for good: a lost deletion brings back what it "
            + "deleted, a lost edit the text before it. Add --yes to give it up and keep all else; the damaged files "
            + "are kept aside."
        : "Nothing was changed, and there is nothing that --accept-loss can give up: it helps with damaged posts only. "
            + "Restore a backup.";

    private string HowDamageEnds
    {
        get
        {
            var sentences = new List<string> { "The data is damaged." };
            if (Repair && Has(FindingKind.Repaired))
                sentences.Add("What can be made again from what is intact was; the damage cannot.");
            else if (Repair)
                sentences.Add("Nothing was mended: damage cannot be made again from what is intact.");
            sentences.Add("Keep a copy of the directory, and restore a backup.");
            sentences.AddRange(
                Parts.SelectMany(part => part.Findings).Select(finding => finding.WayOut).OfType<string>().Distinct());
            if (Has(FindingKind.Repairable))
                sentences.Add("`roost check --repair` mends what is called repairable.");
            return string.Join(' ', sentences);
        }
    }

    private bool Has(FindingKind kind) => Parts.Any(part => part.Findings.Any(finding => finding.Kind == kind));
}
