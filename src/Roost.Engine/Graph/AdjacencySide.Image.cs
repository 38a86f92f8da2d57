namespace Roost.Engine.Graph;

internal sealed partial class AdjacencySide
{
    /// <summary>What all accounts have now, to be read only. The writer only.</summary>
    public AdjacencySide Freeze() => new()
    {
        _chunks = Array.ConvertAll(_chunks, chunk => (ulong[]?)chunk?.Clone()),
        _slabs = (int[]?[])_slabs.Clone(),
        _trees = (IdBlocks?[])_trees.Clone(),
    };

    /// <summary>All lists that are not empty; those of slabs together in pieces as long as a slab.</summary>
    public IEnumerable<GraphPiece> Pieces()
    {
        var packed = new int[SlabMax];
        var length = 0;
        for (var account = 1; account < (long)_chunks.Length << ChunkBits; account++)
        {
            if ((account & OffsetMask) == 0 && _chunks[account >> ChunkBits] is null)
            {
                account += OffsetMask;
                continue;
            }
            var ids = this[account];
            if (ids.Tree is not null)
                yield return new GraphPiece(account, ids.Count, default, ids);
            if (ids.Tree is not null || ids.Count == 0)
                continue;
            if (length + RecordHeader + ids.Count > packed.Length)
            {
                yield return new GraphPiece(0, length, packed.AsMemory(0, length), default);
                length = 0;
            }
            (packed[length], packed[length + 1], packed[length + 2]) = (account, ids.Count, 1);
            ids.Flat.CopyTo(packed.AsSpan(length + RecordHeader));
            length += RecordHeader + ids.Count;
        }
        if (length > 0)
            yield return new GraphPiece(0, length, packed.AsMemory(0, length), default);
    }

    public bool IsSame(AdjacencySide other)
    {
        for (var account = 1; account < (long)Math.Max(_chunks.Length, other._chunks.Length) << ChunkBits; account++)
        {
            if (!this[account].SetEquals(other[account]))
                return false;
        }
        return true;
    }

    /// <summary>Takes a piece in that many accounts share; the slab is this object's from now on.</summary>
    /// <returns>How many ids; -1 when it is no such piece.</returns>
    public long Take(int[] slab)
    {
        if (slab.Length > SlabMax)
            return -1;
        var number = AddSlab(slab, slab.Length);
        _liveInts += slab.Length;
        var ids = 0L;
        for (var at = 0; at < slab.Length;)
        {
            if (slab.Length - at < RecordHeader)
                return -1;
            var (account, count, start) = (slab[at], slab[at + 1], at + RecordHeader);
            if (account <= 0 || count is < 1 or > IdBlocks.BlockMax || count > slab.Length - start)
                return -1;
            ref var slot = ref MakeChunk((uint)account >> ChunkBits)[account & OffsetMask];
            if (slot != 0)
                return -1;
            slot = ((ulong)count << CountShift) | ((ulong)number << SlabBits) | (uint)start;
            ids += count;
            at = start + count;
        }
        return ids;
    }

    /// <summary>Takes the list of one account in; the array is this object's from now on.</summary>
    /// <returns>How many ids; -1 when it is no such list.</returns>
    public long Take(int account, int[] ids)
    {
        if (account <= 0 || ids.Length <= IdBlocks.BlockMax || Slot(account) != 0)
            return -1;
        Publish(account, IdBlocks.Over(ids, 0, ids.Length, version: 1));
        return ids.Length;
    }
}
