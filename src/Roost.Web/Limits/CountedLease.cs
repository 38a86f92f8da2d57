using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Threading.RateLimiting;

namespace Roost.Web.Limits;

/// <summary>What a request was given or refused: by which rule, and how many more it would allow. It holds nothing that
/// has to be given back, so one serves all requests that are told the same.</summary>
internal sealed class CountedLease(LimitRule rule, int remaining, bool isAcquired) : RateLimitLease
{
    /// <summary>How many more the rule allows in its window.</summary>
    public static readonly MetadataName<int> RemainingName = MetadataName.Create<int>("REMAINING");

    private static readonly string[] _names = [RemainingName.Name];

    /// <summary>Of all rules that the request counts by, the one that allows fewest more.</summary>
    public LimitRule Rule { get; } = rule;

    public int Remaining { get; } = remaining;

    public string RemainingInWords { get; } = remaining.ToString(CultureInfo.InvariantCulture);

    public override bool IsAcquired { get; } = isAcquired;

    public override IEnumerable<string> MetadataNames => _names;

    public override bool TryGetMetadata(string metadataName, [NotNullWhen(true)] out object? metadata)
    {
        metadata = metadataName == RemainingName.Name ? Remaining : null;
        return metadata is not null;
    }
}
