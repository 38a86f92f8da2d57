using Roost.Services.Community;
using Roost.Services.Notifications;
using Roost.Services.Timelines;
using Roost.Services.Users;

namespace Roost.Web.Pages;

/// <summary>What happened to the viewer.</summary>
/// <param name="Newest">Up to which all is read after a click; 0 when there is nothing, or the page is an older
/// one.</param>
/// <param name="OlderUrl">The next page, or null at the end.</param>
public sealed record NotificationsModel(
    PageFrame Frame, IReadOnlyList<NotificationLine> Lines, long Newest, string? OlderUrl)
{
    /// <inheritdoc cref="HomeModel.Live"/>
    public LiveModel? Live { get; init; }
}

/// <summary>One thing that happened, however many did it.</summary>
/// <param name="Id">Of the newest of those who did it.</param>
/// <param name="Senders">The newest of them, at least one.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Entry">The post that it is about, or null for none.</param>
public sealed record NotificationLine(
    long Id, NoticeKind Kind, IReadOnlyList<Account> Senders, int Count, TimelineEntry? Entry, DateTimeOffset At,
    bool IsUnread)
{
    private const int NamesMax = 3;

    /// <summary>What the moderators say; then nobody is named.</summary>
    public AccountWarning? Warning { get; init; }

    /// <summary>How many are named.</summary>
    public int Shown => Warning is not null ? 0 : Math.Min(Senders.Count, NamesMax);

    /// <summary>How many are not.</summary>
    public int Others => Warning is not null ? 0 : Math.Max(0, Count - Shown);

    /// <summary>Whether it is somebody else's post, which one may want to answer.</summary>
    public bool IsToAnswer => Kind is NoticeKind.Mention or NoticeKind.Post or NoticeKind.Edit or NoticeKind.Quote;
}
