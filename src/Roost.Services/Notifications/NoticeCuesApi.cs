using Roost.Rpc;

namespace Roost.Services.Notifications;

/// <summary>How a process that has notifications alone hears of what is in no feed: that it is to look.</summary>
public sealed record NoticeCuesApi(Service<AwaitNoticeCues, NoticeCueNews> Await);

/// <summary>Where there is something new to look at.</summary>
public enum NoticeCue
{
    /// <summary>Somebody joined, or asks to, was reported, or warned.</summary>
    Staff = 0,
    /// <summary>A poll was posted or changed.</summary>
    Poll = 1,
}

/// <summary>All after one: as soon as there are any, and none when the wait is over.</summary>
/// <param name="Run">As it was told last; empty for from now on.</param>
/// <param name="After">Likewise.</param>
/// <param name="Wait">0 to 3 s.</param>
public sealed record AwaitNoticeCues(string Run, long After, TimeSpan Wait) : IWaitingRequest;

/// <param name="Run">Names what tells the news: another one begins anew.</param>
/// <param name="Last">Up to which these are.</param>
/// <param name="IsWhole">False: some before these are lost.</param>
public sealed record NoticeCueNews(string Run, long Last, bool IsWhole, IReadOnlyList<NoticeCue> Cues);
