using Roost.Engine.Chains;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;

namespace Roost.Bench.Inbox;

/// <summary>
/// A made-up network to deliver in: a <see cref="RankedGraph"/>, in which activity falls with rank to the power of
/// -1/2. A quarter of the accounts has an inbox, 300 entries in it at the start, in rings of 800.
/// </summary>
internal sealed class InboxWorld : IDisposable
{
    /// <summary>So many posts a batch has at most.</summary>
    public const int BatchMax = 262_144;

    private const int FollowsPerAccount = 20;
    private const int ActivePercent = 25;
    private const int EntriesAtStart = 300;

    private readonly RankedGraph _ranked;

    private InboxWorld(RankedGraph ranked, int[] active)
    {
        _ranked = ranked;
        Active = active;
        var accounts = ranked.Accounts;
        Arena = new InboxArena((long)accounts * 4_096 + (64 << 20));
        Lists = new List<long>?[accounts + 1];
        Rings = new ManagedRing?[accounts + 1];
    }

    public int Accounts => _ranked.Accounts;

    public FollowGraph Graph => _ranked.Graph;

    /// <summary>The accounts that have an inbox, in random order.</summary>
    public int[] Active { get; }

    /// <summary>The account with the most followers.</summary>
    public AccountId Giant => _ranked.Giant;

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
        var ranked = RankedGraph.Create(accounts, FollowsPerAccount, random);
        var active = Enumerable.Range(1, accounts).Where(_ => random.Next(100) < ActivePercent).ToArray();
        var world = new InboxWorld(ranked, active);
        world.FillInboxes();
        random.Shuffle(active);
        return world;
    }

    public void Dispose() => Arena.Dispose();

    /// <inheritdoc cref="RankedGraph.Authors"/>
    public AccountId[] Authors(Random random, int count, int skew) => _ranked.Authors(random, count, skew);

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
