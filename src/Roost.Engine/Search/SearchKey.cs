using Roost.Engine.Ids;

namespace Roost.Engine.Search;

/// <summary>
/// Where a post stands among all: by time, then by seq. Never changes, not even by an edit, so a page that begins below
/// a key begins at the same place however many posts have come since.
/// </summary>
public readonly record struct SearchKey(long UnixMilliseconds, uint Seq) : IComparable<SearchKey>
{
    /// <summary>Above every post.</summary>
    public static SearchKey Newest { get; } = new(long.MaxValue, uint.MaxValue);

    public static SearchKey Min(SearchKey left, SearchKey right) => left < right ? left : right;

    public static SearchKey Max(SearchKey left, SearchKey right) => left < right ? right : left;

    public int CompareTo(SearchKey other) => this < other ? -1 : this == other ? 0 : 1;

    public static bool operator <(SearchKey left, SearchKey right) => left.UnixMilliseconds < right.UnixMilliseconds
        || (left.UnixMilliseconds == right.UnixMilliseconds && left.Seq < right.Seq);

    public static bool operator >(SearchKey left, SearchKey right) => right < left;
    public static bool operator <=(SearchKey left, SearchKey right) => !(right < left);
    public static bool operator >=(SearchKey left, SearchKey right) => !(left < right);
}

/// <summary>A post that was found. 16 bytes: a page of them is most of what a search allocates.</summary>
public readonly record struct SearchHit(long UnixMilliseconds, uint Seq, AccountId Author)
{
    public SearchHit(SearchKey key, AccountId author)
        : this(key.UnixMilliseconds, key.Seq, author)
    {
    }

    public SearchKey Key => new(UnixMilliseconds, Seq);
}
