using System.Runtime.CompilerServices;
using Roost.Engine.Memory;

namespace Roost.Engine.Inboxes;

/// <remarks>
/// A backlog is delivered in passes of as many posts as there is scratch memory for. (1) The posts of a pass are
/// divided among the writers, in order; each turns its share into pairs and scatters these into partitions of accounts
/// of its own. (2) When all are done, the partitions are divided among the writers; whoever takes one applies its
/// pairs, those of the first share first. So a partition's inboxes are fetched into the cache once for all their posts,
/// each inbox gets its seqs in ascending order, and no two threads have the same inbox.
/// </remarks>
public sealed unsafe partial class InboxArena
{
    /// <summary>Fewer posts are no backlog, whoever wrote them.</summary>
    private const int BacklogPostsMin = 256;

    private const long BacklogBytesMax = 128 << 20;

    private PairScatter[] _scatters = [];
    private byte* _backlogMemory;

    /// <summary>
    /// As many ids as this in a pass, for each account that there is room for, are worth scattering; with fewer the
    /// prefetched stream is as quick or quicker, on two cores too. Internal so that tests can reach it with few.
    /// </summary>
    internal int BacklogIdsPerAccount { get; init; } = 4;

    /// <summary>
    /// One writer sorts only for so many inboxes. The hot lines of fewer, 32 MB, are often in the last-level cache
    /// already, and prefetching from there is quicker than sorting. Internal as above.
    /// </summary>
    internal int BacklogInboxesMin { get; init; } = 1 << 19;

    /// <summary>How much scratch memory an arena keeps; 0 for a small one, which goes without.</summary>
    private static long BacklogBytes(long bytesMax)
    {
        var bytes = Math.Min(bytesMax / 16, BacklogBytesMax) / HugePages.Bytes * HugePages.Bytes;
        return bytesMax >= 128 << 20 ? bytes : 0;
    }

    private long DeliverBacklog(ReadOnlyMemory<Delivery> batch, int writersMax)
    {
        var partitions = PairScatter.PartitionsFor(_heads.AccountsEnd);
        var share = BacklogBytes(BytesMax) / writersMax / PairScatter.SegmentBytes * PairScatter.SegmentBytes;
        var idsMax = PairScatter.PairsMax(share, partitions);
        var idsMin = (long)BacklogIdsPerAccount * _heads.AccountsEnd;
        // Either sorting does not pay, or there are so many accounts that there is too little memory for it.
        if (idsMax < idsMin || (writersMax == 1 && _count < BacklogInboxesMin))
            return DeliverWithGiants(batch.Span, writersMax);
        var made = 0L;
        while (!batch.IsEmpty)
        {
            var shares = Plan(batch.Span, idsMax, writersMax, out var ids);
            var count = shares[^1];
            made += ids < idsMin || ids > idsMax
                ? DeliverWithGiants(batch.Span[..count], writersMax)
                : DeliverPass(batch[..count], shares, share, partitions);
            batch = batch[count..];
        }
        return made;
    }

    /// <summary>
    /// Where the writers' shares of the next pass end: at least one post in all, and as many ids each as there is
    /// memory for, unless one post alone has more (it needs no sorting: its audience is).
    /// </summary>
    private static int[] Plan(ReadOnlySpan<Delivery> batch, long idsMax, int writersMax, out long ids)
    {
        ids = 0;
        var end = 0;
        for (; end < batch.Length; end++)
        {
            if (end + AudiencesAhead < batch.Length)
                batch[end + AudiencesAhead].Audience.Prefetch();
            var more = batch[end].Audience.Count + 2;
            if (end > 0 && ids + more > idsMax)
                break;
            ids += more;
        }
        var shares = new int[writersMax];
        Array.Fill(shares, end);
        var planned = 0L;
        for (int i = 0, writer = 0; i < end && writer < writersMax - 1; i++)
        {
            planned += batch[i].Audience.Count + 2;
            if (planned * writersMax >= ids * (writer + 1))
                shares[writer++] = i + 1;
        }
        return shares;
    }

    private long DeliverPass(ReadOnlyMemory<Delivery> batch, int[] shares, long shareBytes, int partitions)
    {
        if (_scatters.Length != shares.Length)
            _scatters = NewScatters(shares.Length, shareBytes);
        var scatters = _scatters;
        Run(shares.Length, writer =>
        {
            var from = writer == 0 ? 0 : shares[writer - 1];
            scatters[writer].Clear(partitions);
            var to = new ToScatter(scatters[writer]);
            Expand(batch.Span[from..shares[writer]], ref to);
        });
        var next = -1;
        var made = 0L;
        Run(shares.Length, _ =>
        {
            var mine = 0L;
            for (int p; (p = Interlocked.Increment(ref next)) < partitions;)
                mine += Apply(scatters, p);
            Interlocked.Add(ref made, mine);
        });
        return made;
    }

    /// <summary>Applies a partition's pairs of all writers, the first writer's posts first.</summary>
    [SkipLocalsInit]
    private long Apply(PairScatter[] scatters, int partition)
    {
        var full = stackalloc int[FullMin + PairsMax + 1];
        var writer = new Writer(this, full);
        foreach (var scatter in scatters)
        {
            var segments = scatter.Segments(partition);
            while (segments.MoveNext())
                writer.Take(segments.Pairs, segments.Count);
        }
        writer.CopyFull();
        return writer.Made;
    }

    private PairScatter[] NewScatters(int writers, long shareBytes)
    {
        if (_backlogMemory == null)
        {
            _slabs.BytesReserved = 0;
            _backlogMemory = _slabs.Take(BacklogBytes(BytesMax));
        }
        var scatters = new PairScatter[writers];
        for (var i = 0; i < writers; i++)
            scatters[i] = new PairScatter(_backlogMemory + (i * shareBytes), shareBytes);
        return scatters;
    }

    /// <summary>Runs work on so many threads, the calling one among them, and waits for all.</summary>
    private static void Run(int writers, Action<int> work)
    {
        if (writers == 1)
            work(0);
        else
            Parallel.For(0, writers, work);
    }

    /// <summary>The first step's end of the stream.</summary>
    private readonly struct ToScatter(PairScatter scatter) : IPairs
    {
        public void Take(ulong* pairs, int count) => scatter.Add(pairs, count);
    }
}
