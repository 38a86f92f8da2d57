namespace Roost.Scenarios;

/// <summary>What a figure counts. JSON has the plain number, in this unit.</summary>
internal enum Unit
{
    /// <summary>Things: posts, timelines, differences.</summary>
    Count,
    /// <summary>A duration, in seconds.</summary>
    Seconds,
    /// <summary>Things a second.</summary>
    PerSecond,
    /// <summary>Times as much as something else.</summary>
    Ratio,
    /// <summary>A part of a whole: 1 is all of it, or one core.</summary>
    Share,
    /// <summary>Memory or disk.</summary>
    Bytes,
}
