namespace Roost.Engine.Graph;

/// <summary>
/// Neighbouring blocks of a large id list, with the first id of each apart, so that a search touches one small array
/// and then one block. Immutable: every change makes a new page that shares the blocks it does not touch.
/// </summary>
internal sealed class IdPage
{
    /// <summary>At most this many blocks; a page that grows beyond is split.</summary>
    public const int BlocksMax = 256;

    private IdPage(IdBlock[] blocks, int[] firsts)
    {
        Blocks = blocks;
        Firsts = firsts;
    }

    /// <summary>All of a block below all of the next one.</summary>
    public IdBlock[] Blocks { get; }

    public int[] Firsts { get; }

    public static IdPage Of(ReadOnlySpan<IdBlock> blocks)
    {
        var firsts = new int[blocks.Length];
        for (var i = 0; i < blocks.Length; i++)
            firsts[i] = blocks[i].First;
        return new IdPage(blocks.ToArray(), firsts);
    }

    /// <summary>Index of the block that holds the id if any does.</summary>
    public int BlockOf(int id) => Splicing.LastAtMost(Firsts, 0, id);

    /// <summary>This page with <paramref name="remove"/> blocks from <paramref name="at"/> on replaced.</summary>
    public IdPage Replace(int at, int remove, params ReadOnlySpan<IdBlock> blocks)
    {
        Span<int> firsts = stackalloc int[blocks.Length];
        for (var i = 0; i < blocks.Length; i++)
            firsts[i] = blocks[i].First;
        return new IdPage(Splicing.Splice(Blocks, at, remove, blocks), Splicing.Splice(Firsts, at, remove, firsts));
    }
}
