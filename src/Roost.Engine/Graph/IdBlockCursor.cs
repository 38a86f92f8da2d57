namespace Roost.Engine.Graph;

/// <summary>
/// Walks a set's ids by blocks of at most 1,024, forwards, in place. A mutable struct: pass it by reference. The set is
/// immutable, so a cursor never goes stale and may be kept over an <c>await</c>; the spans that it gives may not.
/// </summary>
public struct IdBlockCursor
{
    private readonly SortedIds _ids;
    private readonly IdBlocks? _tree;
    private IdBlock? _block;
    private int _pageIndex;
    private int _blockIndex = -1;

    internal IdBlockCursor(SortedIds ids)
    {
        _ids = ids;
        _tree = ids.Tree;
    }

    /// <summary>The block, after a call that returned true: ascending, not empty.</summary>
    public readonly ReadOnlySpan<int> Current => _tree is null ? _ids.Flat : _block!.Ids;

    /// <summary>The same with its bits, if it has any.</summary>
    internal readonly IdBlock? Block => _block;

    public readonly IdBlockCursor GetEnumerator() => this;

    /// <summary>Goes to the next block; false at the end.</summary>
    public bool MoveNext()
    {
        _blockIndex++;
        if (_tree is null)
            return _blockIndex == 0 && _ids.Count > 0;
        if (_pageIndex < _tree.Pages.Length && _blockIndex == _tree.Pages[_pageIndex].Blocks.Length)
        {
            _pageIndex++;
            _blockIndex = 0;
        }
        return Take(_tree);
    }

    /// <summary>
    /// Goes to the first block, the current one included, that has an id of at least <paramref name="id"/>; false when
    /// there is none. The blocks between are not touched.
    /// </summary>
    public bool SkipTo(int id)
    {
        if (_tree is not { } tree)
        {
            if (_blockIndex > 0)
                return false;
            _blockIndex = 0;
            return _ids.Count > 0 && _ids.Flat[^1] >= id;
        }
        if (_pageIndex >= tree.Pages.Length)
            return false;

        var page = Splicing.LastAtMost(tree.Firsts, _pageIndex, id);
        var from = page == _pageIndex ? Math.Max(_blockIndex, 0) : 0;
        _pageIndex = page;
        _blockIndex = Splicing.LastAtMost(tree.Pages[page].Firsts, from, id);
        // The block found begins at or below the id; if it ends below, the next one begins above.
        return Take(tree) && (_block!.Last >= id || MoveNext());
    }

    private bool Take(IdBlocks tree)
    {
        if (_pageIndex >= tree.Pages.Length)
            return false;
        _block = tree.Pages[_pageIndex].Blocks[_blockIndex];
        return true;
    }
}
