namespace Roost.Engine.Search.Segments;

/// <summary>
/// Which rows of a mapped segment are not any more what the file says. Only the writer notes them; who saves them reads
/// meanwhile: a row is changed before it is noted.
/// </summary>
internal sealed class RowChanges(uint docs)
{
    /// <summary>What a changed row costs at most: its page of the file becomes memory, and that of its live
    /// word.</summary>
    private const long PagesBytes = 2 * 4_096;

    private readonly ulong[] _bits = new ulong[BitWords.WordsFor(docs)];
    private int _count;
    private long _version;

    /// <summary>How many rows.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Another one after every change.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>Of memory, the pages of the rows included.</summary>
    public unsafe long Bytes =>
        ((long)_bits.Length * sizeof(ulong))
        + Math.Min(Count * PagesBytes, (long)docs * (sizeof(PostRow) + sizeof(ulong)));

    /// <summary>The writer only.</summary>
    public void Note(uint doc)
    {
        if (BitWords.Add(_bits, doc))
            Volatile.Write(ref _count, _count + 1);
        Volatile.Write(ref _version, _version + 1);
    }

    /// <summary>The docs noted so far, ascending. Any thread.</summary>
    public IEnumerable<uint> Docs()
    {
        for (var word = 0; word < _bits.Length; word++)
        {
            for (var bits = Volatile.Read(ref _bits[word]); bits != 0; bits &= bits - 1)
                yield return ((uint)word << 6) + (uint)System.Numerics.BitOperations.TrailingZeroCount(bits);
        }
    }
}
