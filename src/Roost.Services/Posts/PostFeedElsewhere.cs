using System.Runtime.CompilerServices;
using Roost.Rpc.Clients;

namespace Roost.Services.Posts;

/// <summary>The feed of posts over a function.</summary>
public static class PostFeedElsewhere
{
    private const int EventsMax = 4_096;

    /// <summary>What a service answers for processes elsewhere.</summary>
    /// <param name="feed">Its own.</param>
    public static PostFeedApi Of(FollowPosts feed, TimeProvider time) => new(
        async (request, call) => await LongPoll.FirstAsync(
            ct => feed(request.After, ct), batch => BatchOf(batch.Span, time), request.Wait, time, call.Cancellation)
            ?? PostEventBatch.None);

    /// <summary>The feed of a service elsewhere. While it is away it has nothing new.</summary>
    public static FollowPosts Follow(this PostFeedApi feed, TimeProvider time) =>
        (after, ct) => FollowAsync(feed, time, after, ct);

    private static async IAsyncEnumerable<ReadOnlyMemory<PostEvent>> FollowAsync(
        PostFeedApi feed, TimeProvider time, uint after, [EnumeratorCancellation] CancellationToken ct)
    {
        while (true)
        {
            var (events, ages) = await feed.Events.AskUntilAnsweredAsync(
                new AwaitPostEvents(after, LongPoll.Wait), time, ct);
            if (events.Count == 0) continue;
            var now = time.GetTimestamp();
            var here = new PostEvent[events.Count];
            for (var i = 0; i < here.Length; i++)
                here[i] = events[i] with { CommittedAt = ages[i] < 0 ? 0 : now - TicksOf(ages[i], time) };
            yield return here;
            after = here[^1].Ref.Seq;
        }
    }

    private static PostEventBatch BatchOf(ReadOnlySpan<PostEvent> batch, TimeProvider time)
    {
        batch = batch[..Math.Min(batch.Length, EventsMax)];
        var (events, ages) = (new PostEvent[batch.Length], new long[batch.Length]);
        for (var i = 0; i < batch.Length; i++)
        {
            events[i] = batch[i] with { CommittedAt = 0 };
            ages[i] = batch[i].CommittedAt == 0
                ? -1
                : Math.Max(0, (long)time.GetElapsedTime(batch[i].CommittedAt).TotalMicroseconds);
        }
        return new PostEventBatch(events, ages);
    }

    private static long TicksOf(long microseconds, TimeProvider time) =>
        (long)(microseconds * (time.TimestampFrequency / 1e6));
}
