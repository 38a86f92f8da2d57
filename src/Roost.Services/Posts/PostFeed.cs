using System.Runtime.CompilerServices;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>
/// The log's records as events. They come out of the log's columns, which hold all of history, so that a consumer that
/// is behind and one that is live read the same way.
/// </summary>
internal sealed class PostFeed(PostLog log, TimeProvider time)
{
    private const int BatchMax = 4_096;
    private const int CommitsKept = 1_024;

    private readonly Lock _lock = new();
    private readonly Queue<(uint Last, long Timestamp)> _commits = new(CommitsKept);

    /// <summary>Notes when a group was committed. The log's writer only.</summary>
    public void Committed(uint last)
    {
        lock (_lock)
        {
            if (_commits.Count == CommitsKept)
                _commits.Dequeue();
            _commits.Enqueue((last, time.GetTimestamp()));
        }
    }

    public async IAsyncEnumerable<ReadOnlyMemory<PostEvent>> FollowAsync(
        uint after, [EnumeratorCancellation] CancellationToken ct)
    {
        // As long as the batches need: whoever asks batch by batch begins anew each time.
        var events = Array.Empty<PostEvent>();
        await foreach (var (first, last) in log.FollowAsync(after + 1, BatchMax, ct))
        {
            var count = 0;
            if (events.Length < last - first + 1)
                events = new PostEvent[last - first + 1];
            for (var seq = first; seq <= last; seq++)
                events[count++] = Event(log[seq]);
            StampCommits(events.AsSpan(0, count));
            yield return events.AsMemory(0, count);
        }
    }

    /// <summary>The events of these records, without the time of their commits.</summary>
    public PostEvent[] At(IReadOnlyList<uint> seqs)
    {
        var events = new PostEvent[seqs.Count];
        for (var i = 0; i < events.Length; i++)
        {
            if (seqs[i] != 0 && seqs[i] <= log.LastSeq)
                events[i] = Event(log[seqs[i]]);
        }
        return events;
    }

    private PostEvent Event(in RecordMeta record) => new(
        (PostEventKind)record.Kind,
        new PostRef(record.Id, record.Seq, (PostKind)record.Kind, record.Author, record.Answered),
        VisibilityOf(record), record.Target, 0, Counted(record))
    {
        IsImported = (record.Flags & RecordFlags.Imported) != 0,
        NamesAccounts = (record.Flags & RecordFlags.Naming) != 0,
        Quoting = QuotingOf(record),
        // A vote is about the record that first had the poll's options, which may be an edit of the post.
        VotedIn = record.Kind == RecordKind.Vote ? log[record.Target].Post : 0,
    };

    private uint QuotingOf(in RecordMeta record) => record.Kind switch
    {
        RecordKind.Quote => record.Seq - 1,
        RecordKind.Delete when log[record.Target].Kind == RecordKind.Quote => record.Target - 1,
        _ => 0,
    };

    private Visibility VisibilityOf(in RecordMeta record)
    {
        if (record.Kind is RecordKind.Post or RecordKind.Boost)
            return RecordFlags.Visibility(record.Flags);
        if (record.Kind is not (RecordKind.Edit or RecordKind.Delete) || record.Target == 0)
            return Visibility.Public;
        var target = log[record.Target];
        return target.Kind is RecordKind.Post or RecordKind.Boost
            ? RecordFlags.Visibility(target.Flags)
            : Visibility.Public;
    }

    /// <summary>What a record answers, boosts or favourites; what a deleted one did.</summary>
    private uint Counted(in RecordMeta record) => record.Kind switch
    {
        RecordKind.Edit or RecordKind.Mark or RecordKind.Vote or RecordKind.Quote or RecordKind.QuoteRule => 0,
        RecordKind.Delete => log[record.Target].Kind is RecordKind.Edit or RecordKind.Mark or RecordKind.Quote
            ? 0
            : log[record.Target].Target,
        _ => record.Target,
    };

    /// <summary>A record was committed with the first group that ends at or after it; groups long past are not known
    /// any more.</summary>
    private void StampCommits(Span<PostEvent> events)
    {
        lock (_lock)
        {
            var next = 0;
            var isOldest = true;
            foreach (var (last, timestamp) in _commits)
            {
                for (; next < events.Length && events[next].Ref.Seq <= last; next++)
                {
                    // What lies in or before the oldest group that is kept may be older than that group.
                    if (!isOldest || _commits.Count < CommitsKept)
                        events[next] = events[next] with { CommittedAt = timestamp };
                }
                isOldest = false;
            }
        }
    }
}
