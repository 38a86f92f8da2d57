namespace Roost.Scenarios;

/// <summary>What became of a scenario.</summary>
internal enum Outcome
{
    /// <summary>All is right and every mark was reached.</summary>
    Passed,
    /// <summary>All is right, but a mark was not reached.</summary>
    Missed,
    /// <summary>Something was lost, doubled or wrong, whatever the speed.</summary>
    Wrong,
}

/// <summary>
/// The lines that a scenario finds out, in order, and what they come to. Collected by the scenario's own flow of
/// control; not thread-safe.
/// </summary>
/// <param name="slack">See <see cref="VerdictLine.Passes"/>; other than 1 only in tests, where machines are
/// busy.</param>
internal sealed class Verdict(double slack = 1)
{
    private readonly List<VerdictLine> _lines = [];
    private readonly List<string> _notes = [];

    public IReadOnlyList<VerdictLine> Lines => _lines;

    /// <summary>Sentences below the lines: what was scaled, what could not be measured.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public Outcome Outcome =>
        _lines.Exists(line => line.Judgement == Judgement.Exactly && line.Passes(slack) == false) ? Outcome.Wrong
        : _lines.Exists(line => line.Passes(slack) == false) ? Outcome.Missed
        : Outcome.Passed;

    /// <summary>Whether a line passes; null when it is not judged.</summary>
    public bool? Passes(VerdictLine line) => line.Passes(slack);

    public void Exactly(string name, string label, long expected, long reached) =>
        _lines.Add(new VerdictLine(name, label, Unit.Count, Judgement.Exactly, reached, expected));

    public void AtMost(string name, string label, TimeSpan mark, TimeSpan? moonshot, TimeSpan reached) =>
        _lines.Add(new VerdictLine(
            name, label, Unit.Seconds, Judgement.AtMost, reached.TotalSeconds, mark.TotalSeconds,
            moonshot?.TotalSeconds));

    public void AtMost(string name, string label, Unit unit, double mark, double? moonshot, double reached) =>
        _lines.Add(new VerdictLine(name, label, unit, Judgement.AtMost, reached, mark, moonshot));

    public void AtLeast(string name, string label, Unit unit, double mark, double? moonshot, double reached) =>
        _lines.Add(new VerdictLine(name, label, unit, Judgement.AtLeast, reached, mark, moonshot));

    /// <summary>Not judged, but it has a moonshot: not more than that.</summary>
    public void Dream(string name, string label, Unit unit, double moonshot, double reached) =>
        _lines.Add(new VerdictLine(name, label, unit, Judgement.AtMost, reached, null, moonshot));

    public void Figure(string name, string label, Unit unit, double value) =>
        _lines.Add(new VerdictLine(name, label, unit, Judgement.Figure, value));

    public void Figure(string name, string label, TimeSpan value) =>
        Figure(name, label, Unit.Seconds, value.TotalSeconds);

    public void Note(string sentence) => _notes.Add(sentence);
}
