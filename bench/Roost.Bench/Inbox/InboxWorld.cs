using System.Diagnostics;
using Roost.Engine.Chains;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;

namespace Roost.Bench.Inbox;

/// <summary>
/// A made-up network to deliver in: popularity falls with rank to the power of -2/3 (the first account of a million has
/// 1 % of all follows), activity with rank to the power of -1/2; ranks and account numbers have nothing to do with each
/// other. A quarter of the accounts has an inbox, 300 entries in it at the start, in rings of 800.
/// </summary>
internal sealed class InboxWorld : IDisposable
{
    /// <summary>So many posts a batch has at most.</summary>
    public const int BatchMax = 262_144;

    private const int FollowsPerAccount = 20;
    private const int ActivePercent = 25;
    private const int EntriesAtStart = 300;

    private readonly int[] _byRank;

    private InboxWorld(int accounts, FollowGraph graph, int[] active, int[] byRank)
    {
        _byRank = byRank;
        Accounts = accounts;
        Graph = graph;
        Active = active;
        Giant = new AccountId(byRank[0]);
        Arena = new InboxArena((long)accounts * 4_096 + (64 << 20));
        Lists = new List<long>?[accounts + 1];
        Rings = new ManagedRing?[accounts + 1];
    }

    public int Accounts { get; }

    public FollowGraph Graph { get; }

    /// <summary>The accounts that have an inbox, in random order.</summary>
    public int[] Active { get; }

    /// <summary>The account with the most followers.</summary>
    public AccountId Giant { get; }

    public InboxArena Arena { get; }

    /// <summary>The first peer: what one writes at first.</summary>
    public List<long>?[] Lists { get; }

    /// <summary>The second peer: a ring for each account, as managed code would have it.</summary>
    public ManagedRing?[] Rings { get; }

    /// <summary>By author; empty before <see cref="Post"/>.</summary>
    public PostChains Chains { get; } = new();

    /// <summary>The same posts, as lists.</summary>
    public List<uint>?[] PostsByAuthor { get; private set; } = [];

    /// <summary>For the audiences of a batch.</summary>
    public SortedIds[] Audiences { get; } = new SortedIds[BatchMax];

    /// <summary>The newest seq that was delivered or posted.</summary>
    public uint Seq { get; set; } = EntriesAtStart;

    public static InboxWorld Create(int accounts, int seed)
    {
        var random = new Random(seed);
        var byRank = Enumerable.Range(1, accounts).ToArray();
        random.Shuffle(byRank);
        var edges = new (int, int)[(long)accounts * FollowsPerAccount];
        for (var i = 0; i < edges.Length;)
        {
            var follower = byRank[(int)(accounts * Math.Pow(random.NextDouble(), 2))];
            var followee = byRank[(int)(accounts * Math.Pow(random.NextDouble(), 3))];
            if (follower != followee)
                edges[i++] = (follower, followee);
        }
        var active = Enumerable.Range(1, accounts).Where(_ => random.Next(100) < ActivePercent).ToArray();
        var start = Stopwatch.GetTimestamp();
        var graph = FollowGraph.Build(edges);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.Error.WriteLine($"graph of {graph.Count:#,0} follows built in {seconds:0.00} s");
        var world = new InboxWorld(accounts, graph, active, byRank);
        world.FillInboxes();
        random.Shuffle(active);
        return world;
    }

    public void Dispose() => Arena.Dispose();

    /// <summary>Authors of posts, as long as they are followed.</summary>
    /// <param name="skew">1: each account as likely as any other. 2: as rank to the power of -1/2.</param>
    public AccountId[] Authors(Random random, int count, int skew)
    {
        var authors = new AccountId[count];
        for (var i = 0; i < count;)
        {
            authors[i] = new AccountId(_byRank[(int)(Accounts * Math.Pow(random.NextDouble(), skew))]);
            i += Graph.Followers(authors[i]).Count > 0 ? 1 : 0;
        }
        return authors;
    }

    private void FillInboxes()
    {
        var seqs = Enumerable.Range(1, EntriesAtStart).Select(i => (uint)i).ToArray();
        var longs = seqs.Select(seq => (long)seq).ToArray();
        foreach (var account in Active)
        {
            if (!Arena.Install(new AccountId(account), seqs, 1, 0))
                throw new InvalidOperationException($"The arena's {Arena.BytesMax} bytes are used up.");
            Lists[account] = [.. longs];
            Rings[account] = new ManagedRing();
            foreach (var seq in seqs)
                Rings[account]!.Add(seq);
        }
    }

    /// <summary>Fills chains and lists of posts, for the merge.</summary>
    public void Post(Random random, int count)
    {
        PostsByAuthor = new List<uint>?[Accounts + 1];
        for (var seq = 1u; seq <= count; seq++)
        {
            var author = random.Next(1, Accounts + 1);
            Chains.Append(author, seq);
            (PostsByAuthor[author] ??= []).Add(seq);
        }
    }
}
