using System.Globalization;

namespace Roost.Replay.Reading;

/// <summary>
/// Turns the account numbers that a source uses, which have gaps, into indexes 0, 1, 2, … in the order of the numbers, with
/// the usernames <c>u&lt;number&gt;</c>. First every number is added, then <see cref="Close"/>, then indexes are asked for.
/// </summary>
internal sealed class AccountNumbers
{
    private readonly HashSet<int> _seen = [];
    private Dictionary<int, int> _indexes = [];

    public void Add(int number) => _seen.Add(number);

    /// <summary>Fixes the order; the reply has the username of each index.</summary>
    public string[] Close()
    {
        var numbers = _seen.ToArray();
        Array.Sort(numbers);
        _indexes = new Dictionary<int, int>(numbers.Length);
        for (var i = 0; i < numbers.Length; i++) _indexes.Add(numbers[i], i);
        return Array.ConvertAll(numbers, n => string.Create(CultureInfo.InvariantCulture, $"u{n}"));
    }

    public int IndexOf(int number) => _indexes[number];

    /// <summary>Makes edges between numbers into follows between indexes: sorted, without doubles and self-follows.</summary>
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
}
