using System.Diagnostics;
using Roost.Engine.Graph;
using Roost.Engine.Ids;

namespace Roost.Bench.Inbox;

/// <summary>
/// A made-up follow graph whose popularity falls with rank to the power of -2/3: the first account of a million has 1 %
/// of all follows. Ranks and account numbers have nothing to do with each other.
/// </summary>
internal sealed class RankedGraph
{
    private readonly int[] _byRank;

    private RankedGraph(FollowGraph graph, int[] byRank) => (Graph, _byRank) = (graph, byRank);

    public FollowGraph Graph { get; }

    public int Accounts => _byRank.Length;

    /// <summary>The account with the most followers.</summary>
    public AccountId Giant => new(_byRank[0]);

    public static RankedGraph Create(int accounts, int followsPerAccount, Random random)
    {
        var byRank = Enumerable.Range(1, accounts).ToArray();
        random.Shuffle(byRank);
        var edges = new (int, int)[(long)accounts * followsPerAccount];
        for (var i = 0; i < edges.Length;)
        {
            var follower = byRank[(int)(accounts * Math.Pow(random.NextDouble(), 2))];
            var followee = byRank[(int)(accounts * Math.Pow(random.NextDouble(), 3))];
            if (follower != followee)
                edges[i++] = (follower, followee);
        }
        var start = Stopwatch.GetTimestamp();
        var graph = FollowGraph.Build(edges);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.Error.WriteLine($"graph of {graph.Count:#,0} follows built in {seconds:0.00} s");
        return new RankedGraph(graph, byRank);
    }

    /// <summary>Authors of posts, as long as they are followed.</summary>
    /// <param name="skew">1: each account as likely as any other. 2: as rank to the power of -1/2.</param>
    public AccountId[] Authors(Random random, int count, double skew)
    {
        var authors = new AccountId[count];
        for (var i = 0; i < count;)
        {
            authors[i] = new AccountId(_byRank[(int)(Accounts * Math.Pow(random.NextDouble(), skew))]);
            i += Graph.Followers(authors[i]).Count > 0 ? 1 : 0;
        }
        return authors;
    }

    /// <summary>The skew with which authors have this many followers on average, within a few percent.</summary>
    public double SkewFor(double followersOnAverage, int seed)
    {
        double low = 0.5, high = 3;
        while (high - low > 0.005)
        {
            var middle = (low + high) / 2;
            var authors = Authors(new Random(seed), 100_000, middle);
            if (authors.Average(author => Graph.Followers(author).Count) < followersOnAverage)
                low = middle;
            else
                high = middle;
        }
        return low;
    }
}
