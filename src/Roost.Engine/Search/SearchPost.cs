using Roost.Engine.Ids;

namespace Roost.Engine.Search;

/// <summary>What the index keeps of a post beside its terms.</summary>
/// <param name="Seq">Its place in the log: above that of all posts added before, 1 and up.</param>
/// <param name="Author">Whose it is.</param>
/// <param name="UnixMilliseconds">
/// When it was made, 0 to 2^42 - 1, the year 2109; results are ordered by it, whatever the order of arrival.
/// </param>
public readonly record struct SearchPost(
    uint Seq, AccountId Author, long UnixMilliseconds, LanguageCode Language, PostFlags Flags)
{
    /// <summary>Most tokens of one post.</summary>
    public const int TokensMax = 4_096;

    /// <summary>Highest position of a token.</summary>
    public const int PositionMax = 16_383;
}
