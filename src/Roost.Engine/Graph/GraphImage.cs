namespace Roost.Engine.Graph;

/// <summary>
/// A graph as it was at one moment, to be stored while the graph goes on changing. Immutable; any thread. Making one
/// copies 8 bytes an account and direction; the lists are shared.
/// </summary>
public sealed class GraphImage
{
    private readonly AdjacencySide _followers;
    private readonly AdjacencySide _followees;

    internal GraphImage(AdjacencySide followers, AdjacencySide followees, long count) =>
        (_followers, _followees, Count) = (followers, followees, count);

    /// <summary>How many pairs there are.</summary>
    public long Count { get; }

    /// <summary>Whether both have the same pairs, on both sides.</summary>
    public bool IsSame(GraphImage other) =>
        Count == other.Count && _followers.IsSame(other._followers) && _followees.IsSame(other._followees);

    /// <summary>All lists of a side that are not empty, by account: pieces for <see cref="GraphLoader"/>.</summary>
    public IEnumerable<GraphPiece> Pieces(GraphSide side) =>
        (side == GraphSide.Followers ? _followers : _followees).Pieces();
}
