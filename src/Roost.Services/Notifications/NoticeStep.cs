using Roost.Engine.Ids;

namespace Roost.Services.Notifications;

internal enum NoticeAction : byte
{
    /// <summary>Tells <c>Account</c> what <c>Sender</c> did.</summary>
    Tell,
    /// <summary>Takes all away that is about the post.</summary>
    TakePost,
    /// <summary>Takes away what the record <c>Source</c> said about the post.</summary>
    TakeSource,
    /// <summary>Takes away what <c>Sender</c> did to <c>Account</c> of a kind.</summary>
    TakeKind,
    /// <summary>Takes away whatever <c>Sender</c> did to <c>Account</c> up to a time.</summary>
    TakeSender,
}

/// <summary>One step of what a feed's events come to: the steps of a batch are written in order, in one transaction
/// with the feed's checkpoint.</summary>
/// <param name="PostSeq">The post that it is about, or 0.</param>
/// <param name="Source">Seq of the record or event that says it.</param>
/// <param name="At">In milliseconds since 1970.</param>
internal readonly record struct NoticeStep(
    NoticeAction Action, AccountId Account, NoticeKind Kind, AccountId Sender, uint PostSeq, long Source, long At)
{
    /// <summary>Whether the account may see the post only if it follows the sender.</summary>
    public bool IsForFollowers { get; init; }

    /// <summary>Whether it is a direct post that answers nothing of the account's.</summary>
    public bool IsUnasked { get; init; }

    /// <summary>Whether the account's policy keeps it back.</summary>
    public bool IsFiltered { get; init; }

    public static NoticeStep Take(uint postSeq) => new(NoticeAction.TakePost, default, 0, default, postSeq, 0, 0);

    public static NoticeStep Take(uint postSeq, long source) =>
        new(NoticeAction.TakeSource, default, 0, default, postSeq, source, 0);

    public static NoticeStep Take(AccountId account, NoticeKind kind, AccountId sender) =>
        new(NoticeAction.TakeKind, account, kind, sender, 0, 0, 0);

    public static NoticeStep Take(AccountId account, AccountId sender, long upTo) =>
        new(NoticeAction.TakeSender, account, 0, sender, 0, 0, upTo);
}
