using Roost.Engine.Ids;

namespace Roost.Services.Posts.Log;

/// <summary>What memory holds of every record, so that timelines are made without reading the disk.</summary>
/// <param name="Seq">Its place in the log: 1, 2, 3, … in commit order.</param>
/// <param name="Target">
/// Seq of the record that this one is about; 0 when there is none, or when the log does not hold it.
/// </param>
public readonly record struct RecordMeta(
    uint Seq, RecordKind Kind, byte Flags, PostId Id, long AtUnixMilliseconds, AccountId Author, AccountId Answered,
    uint Target)
{
    /// <summary>Of a post, or of an edit of it: the post's seq.</summary>
    public uint Post => Kind == RecordKind.Edit ? Target : Seq;
}
