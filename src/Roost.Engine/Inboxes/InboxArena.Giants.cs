using System.Runtime.CompilerServices;
using Roost.Engine.Graph;

namespace Roost.Engine.Inboxes;

/// <remarks>
/// The post of an account with millions of followers is divided among the writers by pages of its audience, which are
/// some 200,000 accounts each. So no two threads have the same inbox; the author and the one answered, who may be in
/// the audience too, get theirs before.
/// </remarks>
public sealed unsafe partial class InboxArena
{
    /// <summary>So many ids are worth waking another thread. Internal so that tests can reach it with few.</summary>
    internal int GiantIdsMin { get; init; } = 1 << 20;

    /// <summary>Delivers the posts one after the other, those to giants' followers by several threads each.</summary>
    private long DeliverWithGiants(ReadOnlySpan<Delivery> batch, int writersMax)
    {
        var made = 0L;
        while (!batch.IsEmpty)
        {
            var count = 0;
            while (count < batch.Length && !IsGiant(batch[count]))
                count++;
            made += DeliverEach(batch[..count]);
            if (count == batch.Length)
                return made;
            made += DeliverGiant(batch[count], writersMax);
            batch = batch[(count + 1)..];
        }
        return made;
    }

    private bool IsGiant(in Delivery delivery) =>
        delivery.Audience.Tree is not null && delivery.Audience.Count >= GiantIdsMin;

    private long DeliverGiant(Delivery delivery, int writersMax)
    {
        var made = DeliverEach([delivery with { Audience = default }]);
        var pages = delivery.Audience.Tree!.Pages;
        var next = -1;
        Run(Math.Min(writersMax, pages.Length), _ =>
        {
            var mine = 0L;
            for (int page; (page = Interlocked.Increment(ref next)) < pages.Length;)
                mine += DeliverPage(pages[page], delivery.Seq);
            Interlocked.Add(ref made, mine);
        });
        return made;
    }

    [SkipLocalsInit]
    private long DeliverPage(IdPage page, uint seq)
    {
        var pairs = stackalloc ulong[PairsMax + 1];
        var full = stackalloc int[FullMin + PairsMax + 1];
        var writer = new Writer(this, full);
        var count = 0;
        foreach (var block in page.Blocks)
            count = Sift(ref writer, block.Ids, seq, pairs, count);
        Emit(ref writer, pairs, count);
        writer.CopyFull();
        return writer.Made;
    }
}
