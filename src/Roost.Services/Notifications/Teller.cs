using Roost.Rpc;

namespace Roost.Services.Notifications;

/// <summary>
/// The end of both feeds: takes a batch's steps, leaves out what is not wanted, and writes the rest with the feed's
/// checkpoint. A batch that comes to nothing, as nearly all do, costs no write: the checkpoint then follows once a
/// second, and a crash in between reads these batches again, which come to nothing again.
/// </summary>
internal sealed class Teller(
    NoticePolicies policies, NoticeWriter writer, NotificationsOptions options, TimeProvider time,
    NotificationsMetrics metrics)
{
    /// <summary>Done with everything up to <paramref name="seq"/>.</summary>
    public async ValueTask TellAsync(FeedCursor feed, IReadOnlyList<NoticeStep> steps, long seq, CancellationToken ct)
    {
        if (steps.Count > 0)
        {
            var judged = await policies.JudgeAsync(steps, Call.Until(ct));
            metrics.Told(await writer.WriteAsync(feed.Name, judged, seq, ct));
            feed.Written(seq, time.GetTimestamp());
        }
        else if (time.GetElapsedTime(feed.WrittenAt) >= options.CheckpointEvery)
        {
            await FlushAsync(feed, seq, ct);
        }
        feed.Progress.Reached(seq);
    }

    /// <summary>Writes steps without moving the feed's place: more of the same are to come.</summary>
    public async ValueTask WriteAsync(FeedCursor feed, IReadOnlyList<NoticeStep> steps, CancellationToken ct)
    {
        var judged = await policies.JudgeAsync(steps, Call.Until(ct));
        metrics.Told(await writer.WriteAsync(feed.Name, judged, feed.WrittenSeq, ct));
    }

    /// <summary>Writes the checkpoint if it is behind.</summary>
    public async ValueTask FlushAsync(FeedCursor feed, long seq, CancellationToken ct)
    {
        if (seq > feed.WrittenSeq)
            await writer.WriteAsync(feed.Name, [], seq, ct);
        feed.Written(seq, time.GetTimestamp());
    }
}

/// <summary>Where one feed is read. Its consumer's, apart from <see cref="Progress"/>.</summary>
internal sealed class FeedCursor(string name)
{
    public string Name { get; } = name;

    /// <summary>What is told or came to nothing.</summary>
    public FeedPlace Progress { get; } = new();

    /// <summary>The checkpoint on disk.</summary>
    public long WrittenSeq { get; private set; }

    public long WrittenAt { get; private set; }

    public void StartAt(long seq, long timestamp)
    {
        Written(seq, timestamp);
        Progress.Reached(seq);
    }

    public void Written(long seq, long timestamp) => (WrittenSeq, WrittenAt) = (seq, timestamp);
}
