using System.Globalization;

namespace Roost.Replay.Reading;

/// <summary>
/// Turns the account numbers that a source uses, which have gaps, into indexes 0, 1, 2, … in the order of the
/// numbers, with the usernames <c>u&lt;number&gt;</c>. First every number is added, then <see cref="Close"/>, then
/// indexes are asked for.
/// </summary>
internal sealed class AccountNumbers
{
    // Sources number their accounts densely or nearly: an array of up to 64 MB is four times as fast as hashing.
    // Beyond, hashing.
    private const int DenseMax = 1 << 24;

    private readonly HashSet<int> _sparse = [];
    private bool[] _dense = new bool[1 << 16];
    private int[] _denseIndexes = [];
    private Dictionary<int, int> _sparseIndexes = [];

    public void Add(int number)
    {
        if (number >= DenseMax)
        {
            _sparse.Add(number);
            return;
        }
        if (number >= _dense.Length)
            Array.Resize(ref _dense, Math.Min(DenseMax, Math.Max(number + 1, _dense.Length * 2)));
        _dense[number] = true;
    }

    /// <summary>Fixes the order; the reply has the username of each index.</summary>
    public string[] Close()
    {
        var usernames = new List<string>();
        _denseIndexes = new int[_dense.Length];
        for (var number = 0; number < _dense.Length; number++)
        {
            if (!_dense[number]) continue;
            _denseIndexes[number] = usernames.Count;
            usernames.Add(Username(number));
        }
        _sparseIndexes = new Dictionary<int, int>(_sparse.Count);
        foreach (var number in _sparse.Order())
        {
            _sparseIndexes.Add(number, usernames.Count);
            usernames.Add(Username(number));
        }
        return [.. usernames];
    }

    public int IndexOf(int number) => number < DenseMax ? _denseIndexes[number] : _sparseIndexes[number];

    /// <summary>Makes edges between numbers into follows between indexes: sorted, without doubles and
    /// self-follows.</summary>
    public FollowEdge[] ToFollows(List<(int From, int To)> edges)
    {
        var orders = new ulong[edges.Count];
        var count = 0;
        foreach (var (from, to) in edges)
            if (from != to)
                orders[count++] = new FollowEdge(IndexOf(from), IndexOf(to)).Order;
        return Distinct(orders.AsSpan(0, count));
    }

    /// <summary>Sorts in place and makes each order that is different from the one before it a follow.</summary>
    internal static FollowEdge[] Distinct(Span<ulong> orders)
    {
        orders.Sort();
        var follows = new FollowEdge[orders.Length];
        var kept = 0;
        for (var i = 0; i < orders.Length; i++)
            if (i == 0 || orders[i - 1] != orders[i])
                follows[kept++] = FollowEdge.FromOrder(orders[i]);
        Array.Resize(ref follows, kept);
        return follows;
    }

    private static string Username(int number) => string.Create(CultureInfo.InvariantCulture, $"u{number}");
}
