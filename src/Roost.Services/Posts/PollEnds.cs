using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>
/// When polls end, in that order: for <see cref="FindEndedPolls"/>. Made from the posts of the last two months when it
/// is first asked for, which reads each that has a poll; then kept up by who writes. Thread-safe by one small lock.
/// </summary>
internal sealed class PollEnds(PostLog log, PostIndex index, PostReader reader, TimeProvider time)
{
    private static readonly TimeSpan _reach = 2 * Poll.LastsMax;

    private readonly Lock _lock = new();
    private readonly Bell _bell = new();
    private readonly SortedSet<(long EndsAt, uint Post)> _ends = [];
    private bool _isMade;

    /// <summary>A post or edit with this poll is durable.</summary>
    public void Note(uint post, Poll? poll)
    {
        if (poll is null)
            return;
        lock (_lock)
        {
            if (_isMade)
                _ends.Add((poll.EndsAt.ToUnixTimeMilliseconds(), post));
        }
        _bell.Ring();
    }

    /// <inheritdoc cref="AwaitPoll"/>
    public Task Added() => _bell.Next();

    public DateTimeOffset? NextAfter(DateTimeOffset after)
    {
        lock (_lock)
        {
            Make_NeedsLock();
            var later = _ends.GetViewBetween((after.ToUnixTimeMilliseconds() + 1, 0), (long.MaxValue, uint.MaxValue));
            return later.Count == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(later.Min.EndsAt);
        }
    }

    public EndedPoll[] Find(FindEndedPolls request)
    {
        var (after, upTo) = (request.After.ToUnixTimeMilliseconds(), request.UpTo.ToUnixTimeMilliseconds());
        List<(long EndsAt, uint Post)> ended;
        lock (_lock)
        {
            Make_NeedsLock();
            ended = [.. _ends.GetViewBetween((after + 1, 0), (Math.Max(upTo, after), uint.MaxValue))];
        }
        return [.. ended.Where(IsAsOfNow).Select(
            one => new EndedPoll(
                reader.Ref(one.Post), index.PollOf(one.Post), DateTimeOffset.FromUnixTimeMilliseconds(one.EndsAt)))];
    }

    public Voter[] Voters(ListVoters request)
    {
        var poll = index.PollOf(request.Post);
        var voters = new List<Voter>();
        var entry = request.Below == 0
            ? index.ByTarget.Newest((int)poll)
            : index.ByTarget.NewestBelow((int)poll, request.Below);
        for (; poll != 0 && !entry.IsNone && voters.Count < request.Limit; entry = index.ByTarget.Previous(entry))
        {
            if (log[entry.Seq].Kind == RecordKind.Vote)
                voters.Add(new Voter(log[entry.Seq].Author, entry.Seq));
        }
        return [.. voters];
    }

    /// <summary>A deleted post's poll does not end, and one that was changed ends at its new time.</summary>
    private bool IsAsOfNow((long EndsAt, uint Post) end) => index.IsLive(end.Post) && index.PollOf(end.Post) != 0
        && reader.TryRead(end.Post)?.Poll?.EndsAt.ToUnixTimeMilliseconds() == end.EndsAt;

    private void Make_NeedsLock()
    {
        if (_isMade)
            return;
        var oldest = (time.GetUtcNow() - _reach).ToUnixTimeMilliseconds();
        for (var seq = log.LastSeq; seq > 0 && log[seq].AtUnixMilliseconds >= oldest; seq--)
        {
            var record = log[seq];
            if (record.Kind is not (RecordKind.Post or RecordKind.Edit) || (record.Flags & RecordFlags.HasPoll) == 0)
                continue;
            var post = record.Post;
            if (index.IsLive(post) && reader.TryRead(post)?.Poll is { } poll)
                _ends.Add((poll.EndsAt.ToUnixTimeMilliseconds(), post));
        }
        _isMade = true;
    }
}
