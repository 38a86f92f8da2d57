namespace Roost.Scenarios;

/// <summary>How a line is judged.</summary>
internal enum Judgement
{
    /// <summary>Told, not judged.</summary>
    Figure,
    /// <summary>Must be exactly its mark: what is lost, doubled or wrong shows here.</summary>
    Exactly,
    /// <summary>Reached when not above its mark: times, ratios.</summary>
    AtMost,
    /// <summary>Reached when not below its mark: rates.</summary>
    AtLeast,
}

/// <summary>One thing that a scenario found.</summary>
/// <param name="Name">For machines, never renamed: lower case with underscores.</param>
/// <param name="Label">For people.</param>
/// <param name="Mark">What must be reached; null for a <see cref="Judgement.Figure"/>.</param>
/// <param name="Moonshot">What one dreams of; null where there is none.</param>
internal sealed record VerdictLine(
    string Name, string Label, Unit Unit, Judgement Judgement, double Reached, double? Mark = null,
    double? Moonshot = null)
{
    /// <summary>Null for what is not judged.</summary>
    /// <param name="slack">By how much a time may be longer, or a rate lower, than its mark: 1 is not at all.</param>
    public bool? Passes(double slack) => Mark is not { } mark
        ? null
        : Judgement switch
        {
            Judgement.Exactly => Reached == mark,
            Judgement.AtMost => Reached <= mark * slack,
            _ => Reached >= mark / slack,
        };

    /// <summary>Null where there is no moonshot.</summary>
    public bool? ReachesMoonshot => Moonshot is not { } moonshot
        ? null
        : Judgement == Judgement.AtMost ? Reached <= moonshot : Reached >= moonshot;
}
