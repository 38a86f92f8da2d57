using System.Runtime.CompilerServices;

namespace Roost.Engine.Graph;

/// <summary>
/// Walks a set's ids by blocks of at most 1,024, forwards, in place. A mutable struct: pass it by reference. The set is
/// immutable, so a cursor never goes stale and may be kept over an <c>await</c>; the spans that it gives may not.
/// </summary>
public struct IdBlockCursor
{
    private readonly object? _list;
    private int[] _block = [];
    private int _start;
    private int _pageIndex;
    private int _blockIndex = -1;

    internal IdBlockCursor(object? list) => _list = list;

    /// <summary>The block, after a call that returned true: ascending, not empty.</summary>
    public readonly ReadOnlySpan<int> Current => _block.AsSpan(_start);

    public readonly IdBlockCursor GetEnumerator() => this;

    /// <summary>Goes to the next block; false at the end.</summary>
    public bool MoveNext()
    {
        _blockIndex++;
        if (_list is not IdBlocks blocks)
            return _blockIndex == 0 && TakeFlat();
        if (_pageIndex < blocks.Pages.Length && _blockIndex == blocks.Pages[_pageIndex].Blocks.Length)
        {
            _pageIndex++;
            _blockIndex = 0;
        }
        return Take(blocks);
    }

    /// <summary>
    /// Goes to the first block, the current one included, that has an id of at least <paramref name="id"/>; false when
    /// there is none. The blocks between are not touched.
    /// </summary>
    public bool SkipTo(int id)
    {
        if (_list is not IdBlocks blocks)
        {
            if (_blockIndex > 0)
                return false;
            _blockIndex = 0;
            return TakeFlat() && _block[^1] >= id;
        }
        if (_pageIndex >= blocks.Pages.Length)
            return false;

        var page = Splicing.LastAtMost(blocks.Firsts, _pageIndex, id);
        var from = page == _pageIndex ? Math.Max(_blockIndex, 0) : 0;
        _pageIndex = page;
        _blockIndex = Splicing.LastAtMost(blocks.Pages[page].Firsts, from, id);
        // The block found begins at or below the id; if it ends below, the next one begins above.
        return Take(blocks) && (_block[^1] >= id || MoveNext());
    }

    private bool Take(IdBlocks blocks)
    {
        if (_pageIndex >= blocks.Pages.Length)
            return false;
        _block = blocks.Pages[_pageIndex].Blocks[_blockIndex];
        return true;
    }

    private bool TakeFlat()
    {
        if (_list is null)
            return false;
        _block = Unsafe.As<int[]>(_list);
        _start = 1;
        return _block.Length > 1;
    }
}
