namespace Roost.Engine.Graph;

/// <summary>
/// Makes a graph of the pieces of a <see cref="GraphImage"/>, which are read into the memory where they then stay: as
/// fast as memory is. The two sides may be loaded by two threads.
/// </summary>
/// <remarks>
/// Pieces are trusted as far as that they are what was stored, unharmed (the caller has their checksums). Their form
/// is looked at, their ids are not.
/// </remarks>
public sealed class GraphLoader
{
    private readonly AdjacencySide[] _sides = [new(), new()];
    private readonly long[] _counts = new long[2];

    /// <summary>Memory for a piece, to be filled.</summary>
    /// <param name="ints">Its length, from 1.</param>
    public static int[] NewPiece(int ints) => AdjacencySide.NewSlab(ints);

    /// <summary>Takes a piece in; the array is the graph's from now on.</summary>
    /// <param name="account">See <see cref="GraphPiece"/>.</param>
    /// <returns>Whether it has the form of a piece. If not, the loader is spoilt.</returns>
    public bool Add(GraphSide side, int account, int[] piece)
    {
        var to = _sides[(int)side];
        var count = account == 0 ? to.Take(piece) : to.Take(account, piece);
        _counts[(int)side] += Math.Max(count, 0);
        return count >= 0;
    }

    /// <summary>The graph, or null when the sides have not the same number of pairs. Afterwards the loader is used
    /// up.</summary>
    public FollowGraph? Finish() => _counts[0] == _counts[1] ? new FollowGraph(_sides[0], _sides[1], _counts[0]) : null;
}
