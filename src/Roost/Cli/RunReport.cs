namespace Roost.Cli;

/// <summary>What a whole run took, whatever it did.</summary>
/// <param name="Wall">From the start of reading the source until the report.</param>
/// <param name="PeakMemoryBytes">Largest resident set of the process.</param>
internal sealed record RunReport(TimeSpan Wall, long PeakMemoryBytes);
