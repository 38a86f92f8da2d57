using Roost.Engine.Ids;

namespace Roost.Services.Posts.Log;

/// <summary>What a record of the post log says happened. On disk as a byte: values are never reused.</summary>
public enum RecordKind : byte
{
    Post = 1,
    Boost = 2,
    Favourite = 3,
    Edit = 4,
    Delete = 5,

    /// <summary>What was there was lost: it is nobody's, about nothing, and reading it fails as damaged does. Made by a
    /// repair only (<see cref="Hole"/>), never appended.</summary>
    Lost = 6,

    /// <summary>What an account keeps for itself about a post; which is the owner's business, and in the
    /// flags.</summary>
    Mark = 7,

    /// <summary>A vote in a poll: about the record that has the poll, what was chosen in the flags.</summary>
    Vote = 8,

    /// <summary>That the post right before it, of the same group, quotes the one that this is about; whose author that
    /// is stands in <c>Answered</c>.</summary>
    Quote = 9,

    /// <summary>Who may quote a post from now on, in the flags.</summary>
    QuoteRule = 10,
}

/// <summary>
/// The fixed part of every record: what the log itself understands. All else is the payload, whose form is its owner's
/// business. How it lies on disk is drawn at <see cref="RecordFormat"/>.
/// </summary>
/// <param name="Flags">Eight bits that belong to the log's owner; kept, never read here.</param>
/// <param name="Id">Ascends with the seq, whatever the kind. None in a draft: the writer makes it.</param>
/// <param name="AtUnixMilliseconds">
/// When it happened, in milliseconds since 1970. 0 in a draft: the writer's clock.
/// </param>
/// <param name="Author">Who did it.</param>
/// <param name="Answered">The account that a reply answers, else nobody.</param>
/// <param name="Target">
/// The record that this one is about (what is boosted, answered, edited, deleted), else none.
/// </param>
/// <param name="Key">
/// A number by which the owner knows the record again (idempotency, imports); 0 for none. Not looked at here.
/// </param>
public readonly record struct RecordHeader(
    RecordKind Kind, byte Flags, PostId Id, long AtUnixMilliseconds, AccountId Author, AccountId Answered,
    PostId Target, ulong Key);

/// <summary>A record to be appended.</summary>
/// <param name="Payload">
/// At most <see cref="RecordFormat.PayloadBytesMax"/>. Must not change until the append has completed: the writer
/// copies it then.
/// </param>
/// <param name="TargetDraft">
/// When the record is about another one of the same append, whose id is not made yet: the index of that draft, which
/// must be an earlier one; the header's target is not looked at then. Else -1.
/// </param>
public readonly record struct RecordDraft(
    RecordHeader Header, ReadOnlyMemory<byte> Payload, int TargetDraft = -1);
