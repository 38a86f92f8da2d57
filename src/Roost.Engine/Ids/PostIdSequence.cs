namespace Roost.Engine.Ids;

/// <summary>
/// Makes the ids of one shard, each above the one before. Not thread-safe: a shard has one writer, which owns it. The
/// caller brings the time.
/// </summary>
/// <remarks>
/// A clock that runs back could make an id twice, or one below an id that readers have paged past. Up to
/// <paramref name="slack"/> behind the last id (clock steering, a leap second smeared) the last id's millisecond is
/// used on; further back no id is made until the clock has caught up.
/// </remarks>
/// <param name="shard">0 to 1,023.</param>
/// <param name="last">The newest id of the shard so far, <c>default</c> for none.</param>
/// <param name="slack">How far behind the newest id the clock may be; 1 s unless told.</param>
public sealed class PostIdSequence(int shard, PostId last = default, TimeSpan? slack = null)
{
    private readonly long _slackMilliseconds = (long)(slack ?? TimeSpan.FromSeconds(1)).TotalMilliseconds;
    private PostId _last = last;

    /// <summary>The newest id made, or <c>default</c>.</summary>
    public PostId Last => _last;

    /// <summary>Makes the next id, at <paramref name="unixMilliseconds"/> or as soon after as there is a free
    /// one.</summary>
    /// <returns>False, and no id, when the clock is further than the slack behind the newest id.</returns>
    public bool TryNext(long unixMilliseconds, out PostId id)
    {
        var lastMilliseconds = _last.IsNone ? long.MinValue : _last.UnixMilliseconds;
        if (unixMilliseconds > lastMilliseconds)
            return Take(PostId.Create(unixMilliseconds, shard, 0), out id);

        if (lastMilliseconds - unixMilliseconds > _slackMilliseconds)
        {
            id = default;
            return false;
        }
        // The millisecond is used up after 4,096 ids: borrow from the next one. Bounded by the slack, since then the
        // clock is behind.
        return Take(
            _last.Sequence < PostId.SequenceMax
                ? PostId.Create(lastMilliseconds, shard, _last.Sequence + 1)
                : PostId.Create(lastMilliseconds + 1, shard, 0),
            out id);
    }

    /// <summary>Notes an id made elsewhere (an import), so that later ones come after it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not above the newest.</exception>
    public void Advance(PostId id)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(id.Value, _last.Value, nameof(id));
        _last = id;
    }

    private bool Take(PostId made, out PostId id)
    {
        id = _last = made;
        return true;
    }
}
