namespace Roost.Engine.Graph;

/// <summary>
/// A large immutable id list: a tree of fixed depth, root → pages → blocks, so that one more follower of an account
/// that has 31 million of them copies one block (4 KB), one page (3 KB) and the root (some 6 KB), and shares all the
/// rest.
/// <code>
///  root   firsts [      1 |   181,204 | … ]   pages  [ · | · | … ]      ~ids / 200,000 entries
///  page   firsts [      1 |       977 | … ]   blocks [ · | · | … ]      at most 256
///  block         [ 1, 5, 6, 9, …       ]                                at most 1,024 ids
/// </code>
/// A block or page that overflows is split in halves, except at the very end of the list, where a new one is begun:
/// accounts that register and follow come in ascending order, and halves would stay half empty. One that has shrunk to
/// a quarter is joined with a neighbour when both together fill at most three quarters.
/// </summary>
internal sealed class IdBlocks
{
    /// <summary>A list of more ids than this is kept as blocks; a block holds at most as many.</summary>
    public const int BlockMax = 1_024;

    /// <summary>Lists of blocks go back to one run at half of that, so that an account on the border does not change
    /// form at every follow.</summary>
    public const int FlatAgain = BlockMax / 2;

    /// <summary>Blocks built in bulk are left with room for one follow in eight before they split.</summary>
    private const int BlockFill = BlockMax * 7 / 8;
    private const int PageFill = IdPage.BlocksMax * 7 / 8;

    private IdBlocks(IdPage[] pages, int[] firsts, int count, int version)
    {
        Pages = pages;
        Firsts = firsts;
        Count = count;
        Version = version;
    }

    public IdPage[] Pages { get; }

    public int[] Firsts { get; }

    public int Count { get; }

    public int Version { get; }

    /// <summary>A list over a part of an array that nobody changes any more.</summary>
    /// <param name="count">From 1; the ids strictly ascend.</param>
    public static IdBlocks Over(int[] array, int start, int count, int version)
    {
        var blocks = new IdBlock[(count + BlockFill - 1) / BlockFill];
        for (var i = 0; i < blocks.Length; i++)
        {
            // Even shares: no short block at the end.
            var from = (int)((long)count * i / blocks.Length);
            var to = (int)((long)count * (i + 1) / blocks.Length);
            blocks[i] = new IdBlock(array, start + from, to - from);
        }
        var pages = new IdPage[(blocks.Length + PageFill - 1) / PageFill];
        for (var i = 0; i < pages.Length; i++)
            pages[i] = IdPage.Of(blocks.AsSpan(i * PageFill, Math.Min(PageFill, blocks.Length - (i * PageFill))));
        return Of(pages, count, version);
    }

    /// <param name="ascending">Not empty, strictly ascending; copied.</param>
    public static IdBlocks Build(ReadOnlySpan<int> ascending, int version) =>
        Over(ascending.ToArray(), 0, ascending.Length, version);

    public bool Contains(int id) => BlockOf(id).Contains(id);

    /// <summary>The block that holds the id if any does.</summary>
    public IdBlock BlockOf(int id)
    {
        var page = Pages[Splicing.LastAtMost(Firsts, 0, id)];
        return page.Blocks[page.BlockOf(id)];
    }

    /// <summary>The list with the id, or null when it has it already.</summary>
    public IdBlocks? With(int id, int version)
    {
        var p = Splicing.LastAtMost(Firsts, 0, id);
        var page = Pages[p];
        var b = page.BlockOf(id);
        var ids = page.Blocks[b].Ids;
        var found = ids.BinarySearch(id);
        if (found >= 0)
            return null;

        var atEnd = ~found == ids.Length && b == page.Blocks.Length - 1 && p == Pages.Length - 1;
        if (ids.Length < BlockMax)
            page = page.Replace(b, 1, new IdBlock(Splicing.Splice(ids, ~found, 0, [id])));
        else if (atEnd)
            page = page.Replace(b + 1, 0, new IdBlock([id]));
        else
        {
            var longer = Splicing.Splice(ids, ~found, 0, [id]);
            var half = longer.Length / 2;
            page = page.Replace(b, 1, new IdBlock(longer[..half]), new IdBlock(longer[half..]));
        }
        if (page.Blocks.Length <= IdPage.BlocksMax)
            return Replace(p, 1, Count + 1, version, page);
        var cut = atEnd ? page.Blocks.Length - 1 : page.Blocks.Length / 2;
        var (left, right) = (IdPage.Of(page.Blocks.AsSpan(0, cut)), IdPage.Of(page.Blocks.AsSpan(cut)));
        return Replace(p, 1, Count + 1, version, left, right);
    }

    /// <summary>The list without the id, or null when it does not have it. The list must hold another id.</summary>
    public IdBlocks? Without(int id, int version)
    {
        var p = Splicing.LastAtMost(Firsts, 0, id);
        var page = Pages[p];
        var b = page.BlockOf(id);
        var found = page.Blocks[b].Ids.BinarySearch(id);
        if (found < 0)
            return null;

        page = ShrinkBlock(page, b, Splicing.Splice(page.Blocks[b].Ids, found, 1, []));
        if (page.Blocks.Length == 0)
            return Replace(p, 1, Count - 1, version);
        if (page.Blocks.Length < IdPage.BlocksMax / 4)
        {
            var left = p > 0 ? p - 1 : p;
            var neighbour = p > 0 ? Pages[p - 1] : p + 1 < Pages.Length ? Pages[p + 1] : null;
            if (neighbour is not null && neighbour.Blocks.Length + page.Blocks.Length <= IdPage.BlocksMax * 3 / 4)
            {
                var joined = p > 0
                    ? IdPage.Of([.. neighbour.Blocks, .. page.Blocks])
                    : IdPage.Of([.. page.Blocks, .. neighbour.Blocks]);
                return Replace(left, 2, Count - 1, version, joined);
            }
        }
        return Replace(p, 1, Count - 1, version, page);
    }

    /// <summary>Copies all ids, ascending, to the start of <paramref name="destination"/>.</summary>
    public void CopyTo(Span<int> destination)
    {
        foreach (var page in Pages)
        {
            foreach (var block in page.Blocks)
            {
                block.Ids.CopyTo(destination);
                destination = destination[block.Count..];
            }
        }
    }

    private static IdPage ShrinkBlock(IdPage page, int b, int[] shorter)
    {
        if (shorter.Length == 0)
            return page.Replace(b, 1);
        if (shorter.Length < BlockMax / 4)
        {
            const int joinMax = BlockMax * 3 / 4;
            if (b > 0 && page.Blocks[b - 1].Count + shorter.Length <= joinMax)
                return page.Replace(b - 1, 2, new IdBlock([.. page.Blocks[b - 1].Ids, .. shorter]));
            if (b + 1 < page.Blocks.Length && page.Blocks[b + 1].Count + shorter.Length <= joinMax)
                return page.Replace(b, 2, new IdBlock([.. shorter, .. page.Blocks[b + 1].Ids]));
        }
        return page.Replace(b, 1, new IdBlock(shorter));
    }

    private IdBlocks Replace(int at, int remove, int count, int version, params ReadOnlySpan<IdPage> pages)
    {
        Span<int> firsts = stackalloc int[pages.Length];
        for (var i = 0; i < pages.Length; i++)
            firsts[i] = pages[i].Firsts[0];
        return new IdBlocks(
            Splicing.Splice(Pages, at, remove, pages), Splicing.Splice(Firsts, at, remove, firsts), count, version);
    }

    private static IdBlocks Of(IdPage[] pages, int count, int version) =>
        new(pages, Array.ConvertAll(pages, page => page.Firsts[0]), count, version);
}
