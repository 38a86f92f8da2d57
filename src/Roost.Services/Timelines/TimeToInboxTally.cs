using Roost.Engine.Sketches;

namespace Roost.Services.Timelines;

/// <summary>
/// Counts how long posts took to their last inbox, by how many followers their authors have. Posts of one commit group
/// that are delivered together have all waited equally long, so they are counted together. One writer; readers see
/// counts as of about now.
/// </summary>
internal sealed class TimeToInboxTally(TimeProvider time, TimelinesMetrics metrics)
{
    private static readonly (int Max, string Name)[] _buckets =
        [(100, "up_to_100"), (10_000, "up_to_10k"), (1_000_000, "up_to_1m"), (int.MaxValue, "above_1m")];

    private readonly LatencyTally[] _tallies = [.. _buckets.Select(_ => new LatencyTally())];
    private readonly long[] _group = new long[_buckets.Length];
    private readonly List<(long CommittedAt, int Bucket, long Posts)> _turn = [];
    private long _groupCommittedAt;

    /// <summary>Notes a post of the turn that is being put together.</summary>
    /// <param name="committedAt">See <see cref="Posts.PostEvent.CommittedAt"/>; 0 is not counted.</param>
    public void Note(long committedAt, int followers)
    {
        if (committedAt != _groupCommittedAt)
            EndGroup(committedAt);
        if (committedAt != 0)
            _group[Bucket(followers)]++;
    }

    /// <summary>Counts what was noted: it is delivered now.</summary>
    public void Delivered()
    {
        EndGroup(0);
        foreach (var (committedAt, bucket, posts) in _turn)
        {
            var took = time.GetElapsedTime(committedAt);
            _tallies[bucket].Add(took, posts);
            metrics.Reached(took, _buckets[bucket].Name);
        }
        _turn.Clear();
    }

    /// <summary>Over all posts; see <see cref="LatencyTally.Percentile"/>.</summary>
    public TimeSpan Percentile(double fraction) => LatencyTally.PercentileOf(_tallies, fraction);

    public IReadOnlyList<TimeToInbox> ByFollowers() =>
    [
        .. _buckets.Select((bucket, i) => new TimeToInbox(
            bucket.Name, _tallies[i].Count, _tallies[i].Percentile(0.5),
            _tallies[i].Percentile(0.99), _tallies[i].Percentile(1))),
    ];

    private static int Bucket(int followers) => followers switch
    {
        <= 100 => 0,
        <= 10_000 => 1,
        <= 1_000_000 => 2,
        _ => 3,
    };

    private void EndGroup(long nextCommittedAt)
    {
        for (var i = 0; i < _group.Length; i++)
        {
            if (_group[i] > 0)
                _turn.Add((_groupCommittedAt, i, _group[i]));
        }
        Array.Clear(_group);
        _groupCommittedAt = nextCommittedAt;
    }
}
