using System.Data.Common;
using System.Runtime.InteropServices;
using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <summary>
/// Replays all events of follows against the follows that the table has, and tells where they differ. An event and
/// the follow that it makes share their number, so both are read side by side, once:
/// <list type="number">
/// <item>A follow with the number of an event must be what that event says. One without an event proves that there
/// was one, and what it said. A number with neither is an event that is lost.</item>
/// <item>The events of each pair must follow and unfollow in turn. A follow that was ended later must not be in the
/// table; one that still holds must.</item>
/// </list>
/// Events that are lost for good, or that contradict each other, prove nothing about the follows: then there is
/// nothing to repair from, and what differs is damage.
/// </summary>
/// <remarks>Memory: 16 bytes an event and 8 a follow. To be used once, by one thread.</remarks>
internal sealed class GraphReplay(CancellationToken ct)
{
    private const string EventsPlace = "graph.db, graph_events";
    private const string FollowsPlace = "graph.db, follows";

    private readonly List<Step> _steps = [];
    private readonly Findings _damages = new();
    private readonly Findings _differences = new();

    public long Events { get; private set; }

    /// <summary>The follows of the table, oldest first, without rows that cannot be one.</summary>
    public List<(int Follower, int Followee)> Follows { get; } = [];

    /// <summary>Follows that must go, by number. To be used only when <see cref="CanRepair"/>, as the next
    /// two.</summary>
    public List<long> SurplusFollows { get; } = [];

    /// <summary>Follows to be made from their events.</summary>
    public List<long> MissingFollows { get; } = [];

    /// <summary>Events to be made from their follows.</summary>
    public List<long> MissingEvents { get; } = [];

    /// <summary>Whether something differs, and both sides can be brought together without loss.</summary>
    public bool CanRepair => _damages.All.Count == 0 && _differences.All.Count > 0;

    public IReadOnlyList<Finding> Findings => _damages.All.Count == 0
        ? _differences.All
        : [.. _damages.All, .. _differences.All.Select(finding => finding with { Kind = FindingKind.Damage })];

    public void Run(SqlSession session)
    {
        _steps.EnsureCapacity((int)(session.Number("SELECT count(*) FROM graph_events") ?? 0));
        ReadSideBySide(session);
        var steps = CollectionsMarshal.AsSpan(_steps);
        steps.Sort();
        while (!steps.IsEmpty)
        {
            ct.ThrowIfCancellationRequested();
            var count = 1;
            while (count < steps.Length && steps[count].Pair == steps[0].Pair) count++;
            ReplayPair(steps[..count]);
            steps = steps[count..];
        }
    }

    private void ReadSideBySide(SqlSession session)
    {
        using var events = session.Query("SELECT seq, at, kind, follower, followee FROM graph_events ORDER BY seq");
        using var follows = session.Query("SELECT id, created_at, 1, follower, followee FROM follows ORDER BY id");
        var said = Next(events);
        var stored = Next(follows);
        for (var expected = 1L; said is not null || stored is not null;)
        {
            ct.ThrowIfCancellationRequested();
            var seq = Math.Min(said?.Seq ?? long.MaxValue, stored?.Seq ?? long.MaxValue);
            if (seq != expected) FindGap(expected, seq);
            expected = seq + 1;
            var isSaid = said?.Seq == seq;
            var isStored = stored?.Seq == seq;
            if (isStored && stored!.Value.IsFollow) Follows.Add(stored.Value.Accounts);
            if (isSaid) TakeEvent(said!.Value, isStored ? stored : null);
            else TakeFollowAlone(stored!.Value);
            if (isSaid) said = Next(events);
            if (isStored) stored = Next(follows);
        }
    }

    private void FindGap(long expected, long seq)
    {
        var what = seq < expected
            ? $"There is a number {seq}, but events are numbered from 1."
            : (seq == expected + 1 ? $"The event {expected} is" : $"The events {expected} to {seq - 1} are")
                + " missing, and no follow tells what was said: events are numbered 1, 2, 3, … without gaps.";
        _damages.AddAlike(FindingKind.Damage, EventsPlace, EventsPlace, what);
    }

    private void TakeEvent(Row said, Row? stored)
    {
        Events++;
        // What others say is another table's business, but none of them makes a follow.
        if (said.IsOther && stored is null) return;
        if (!said.IsPair || said.Kind is not ((long)GraphEventKind.Followed or (long)GraphEventKind.Unfollowed))
        {
            _damages.AddAlike(
                FindingKind.Damage, EventsPlace, EventsPlace,
                $"The event {said.Seq} (kind {said.Kind}, accounts {said.Follower} and {said.Followee}) is none.");
            return;
        }
        var isOther = stored is not null && stored != said;
        if (isOther)
        {
            SurplusFollows.Add(said.Seq);
            Differ($"The follow {said.Seq} (account {stored!.Value.Follower} follows {stored.Value.Followee}) is not "
                + "what its event says.");
        }
        _steps.Add(new Step(said, hasFollow: stored == said, isOther));
    }

    private void TakeFollowAlone(Row stored)
    {
        if (!stored.IsPair)
        {
            _damages.AddAlike(
                FindingKind.Damage, FollowsPlace, FollowsPlace,
                $"The follow {stored.Seq} (account {stored.Follower} follows {stored.Followee}) is none.");
            return;
        }
        MissingEvents.Add(stored.Seq);
        Differ($"Account {stored.Follower} follows {stored.Followee} in the table, but the event {stored.Seq}, which "
            + "said so, is missing.");
        _steps.Add(new Step(stored, hasFollow: true, hasOther: false));
    }

    /// <summary>All steps of one pair, oldest first.</summary>
    private void ReplayPair(ReadOnlySpan<Step> steps)
    {
        var follows = false;
        for (var i = 0; i < steps.Length; i++)
        {
            var step = steps[i];
            if (step.IsFollow == follows)
            {
                _damages.AddAlike(
                    FindingKind.Damage, EventsPlace, EventsPlace,
                    $"The event {step.Seq} ({(step.IsFollow ? "follow" : "unfollow")}: {step.Follower} and "
                    + $"{step.Followee}) contradicts the events before it.");
            }
            follows = step.IsFollow;
            if (!step.IsFollow) continue;
            var holds = i == steps.Length - 1;
            if (holds && !step.HasFollow)
            {
                MissingFollows.Add(step.Seq);
                if (!step.HasOther)
                {
                    Differ($"Account {step.Follower} follows {step.Followee} by event {step.Seq}, but the table lacks "
                        + "it.");
                }
            }
            if (!holds && step.HasFollow)
            {
                SurplusFollows.Add(step.Seq);
                Differ($"Account {step.Follower} ended its follow {step.Seq} of {step.Followee} by event "
                    + $"{steps[i + 1].Seq}, but the table still has it.");
            }
        }
    }

    private void Differ(string what) => _differences.AddAlike(FindingKind.Repairable, FollowsPlace, FollowsPlace, what);

    private static Row? Next(DbDataReader rows) => rows.Read()
        ? new Row(rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2), rows.GetInt64(3), rows.GetInt64(4))
        : null;

    /// <summary>An event, or a follow as the event that it must have come from.</summary>
    private readonly record struct Row(long Seq, long At, long Kind, long Follower, long Followee)
    {
        public bool IsPair => Follower is > 0 and <= int.MaxValue && Followee is > 0 and <= int.MaxValue
            && Follower != Followee;

        public bool IsOther => Kind is > (long)GraphEventKind.Unfollowed and <= int.MaxValue
            && Enum.IsDefined((GraphEventKind)Kind);

        public bool IsFollow => IsPair && Kind == (long)GraphEventKind.Followed;

        public (int Follower, int Followee) Accounts => ((int)Follower, (int)Followee);
    }

    /// <summary>
    /// What is kept of an event, to be sorted: the pair, and the number with three marks below it (whether it
    /// follows; whether the table has that follow; whether it has another one of that number).
    /// </summary>
    private readonly struct Step(Row row, bool hasFollow, bool hasOther) : IComparable<Step>
    {
        private readonly long _seqAndMarks = (row.Seq << 3) | (row.IsFollow ? 1L : 0) | (hasFollow ? 2L : 0)
            | (hasOther ? 4L : 0);

        public ulong Pair { get; } = ((ulong)row.Follower << 32) | (uint)row.Followee;

        public long Seq => _seqAndMarks >> 3;

        public int Follower => (int)(Pair >> 32);

        public int Followee => (int)Pair;

        public bool IsFollow => (_seqAndMarks & 1) != 0;

        public bool HasFollow => (_seqAndMarks & 2) != 0;

        public bool HasOther => (_seqAndMarks & 4) != 0;

        public int CompareTo(Step other) =>
            Pair == other.Pair ? _seqAndMarks.CompareTo(other._seqAndMarks) : Pair.CompareTo(other.Pair);
    }
}
