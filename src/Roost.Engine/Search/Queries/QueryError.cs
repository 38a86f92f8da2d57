namespace Roost.Engine.Search.Queries;

/// <summary>What is wrong with a query, and where.</summary>
/// <param name="Offset">First wrong character, in UTF-16 units from 0; the query's length when it ends too
/// early.</param>
/// <param name="Length">How many are wrong; 0 where something is missing.</param>
/// <param name="Problem">What was expected there: a sentence for whoever typed it.</param>
public sealed record QueryError(int Offset, int Length, string Problem)
{
    private const int ContextMax = 60;

    /// <summary>The sentence with its place: <c>At character 5: …</c></summary>
    public override string ToString() => $"At character {Offset + 1}: {Problem}";

    /// <summary>Two lines for a terminal: the query, and a mark under the place.</summary>
    public string Point(string query)
    {
        var from = Math.Max(0, Offset - ContextMax);
        var shown = query[from..Math.Min(query.Length, Offset + ContextMax)].Replace('\n', ' ').Replace('\r', ' ');
        var mark = new string('^', Math.Clamp(Length, 1, ContextMax));
        return $"{shown}{Environment.NewLine}{new string(' ', Offset - from)}{mark}";
    }
}
