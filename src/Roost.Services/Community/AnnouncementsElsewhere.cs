using Roost.Rpc.Clients;

namespace Roost.Services.Community;

/// <summary>What becomes of announcements, in a process that has not the service.</summary>
public static class AnnouncementsElsewhere
{
    /// <summary>The feed of a service elsewhere. While it is away it has nothing new.</summary>
    public static FollowAnnouncements Follow(this CommunityFeedApi feed, TimeProvider time) =>
        ct => NewsElsewhere.FollowAsync(
            async (run, after) =>
            {
                var batch = await feed.Announcements.AskUntilAnsweredAsync(
                    new AwaitAnnouncements(run, after, LongPoll.Wait), time, ct);
                return new NewsBatch<AnnouncementChange>(batch.Run, batch.Last, batch.IsWhole, batch.Changes);
            },
            // Pages that are read anew have them.
            static () => { }, ct);
}
