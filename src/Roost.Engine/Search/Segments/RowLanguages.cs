namespace Roost.Engine.Search.Segments;

/// <summary>
/// The languages of a segment's posts, numbered as they come, so that a row has room for them. Those beyond
/// <see cref="Other"/>, which only somebody who makes languages up can reach, share that number: their posts' live
/// words tell them apart.
/// </summary>
/// <remarks>One writer, readers on any thread: a number is there before a row that has it.</remarks>
internal sealed class RowLanguages
{
    /// <summary>The number of all that came too late for one of their own.</summary>
    public const uint Other = (1u << PostRow.LanguageBits) - 1;

    private LanguageCode[] _codes = new LanguageCode[16];
    private int _count;

    /// <summary>As many as have a number of their own.</summary>
    public ReadOnlySpan<LanguageCode> Codes
    {
        get
        {
            var count = Volatile.Read(ref _count);
            return Volatile.Read(ref _codes).AsSpan(0, count);
        }
    }

    /// <summary>The language's number, or <see cref="Other"/>. Any thread.</summary>
    public uint Find(LanguageCode language)
    {
        var at = Codes.IndexOf(language);
        return at < 0 ? Other : (uint)at;
    }

    /// <summary>The language's number, new if need be. The writer only.</summary>
    public uint FindOrAdd(LanguageCode language)
    {
        var found = Find(language);
        if (found != Other || _count == Other)
            return found;
        if (_count == _codes.Length)
        {
            var longer = new LanguageCode[2 * _count];
            _codes.CopyTo(longer, 0);
            // Codes are written before the count and read after it: who reads the greater one finds as many.
            Volatile.Write(ref _codes, longer);
        }
        _codes[_count] = language;
        Volatile.Write(ref _count, _count + 1);
        return (uint)_count - 1;
    }
}
