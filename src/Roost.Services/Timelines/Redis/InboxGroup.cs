namespace Roost.Services.Timelines.Redis;

/// <summary>What the writer knows of a group. Changed by who holds the right to write.</summary>
internal sealed class InboxGroup
{
    /// <summary>Null while its inboxes cannot be had: they take nothing, so they begin anew when they can.</summary>
    public InboxMark? Mark { get; private set; }

    /// <summary>The mark that was sent last, when nobody knows whether it was taken; else null.</summary>
    public InboxMark? Unanswered { get; private set; }

    /// <summary>The line over which the mark was found or written: what it says holds as long as that line
    /// does.</summary>
    public RedisLine? Line { get; private set; }

    /// <summary>Between which lines its keys are, since something was written over the second one. Then what the mark
    /// says holds as long as both lines do: who forgets what it was told last need not be who has the mark. Null as
    /// long as all was written where the mark is.</summary>
    public (RedisLine From, RedisLine To)? Move { get; private set; }

    public bool IsUp => Mark is not null;

    public void Send(InboxMark mark) => Unanswered = mark;

    public void Reach(InboxMark mark, RedisLine line) => (Mark, Unanswered, Line) = (mark, null, line);

    /// <summary>Whether a mark that was found is the last one that was written.</summary>
    public bool IsCurrent(InboxMark? found) => found is not null && (found == Mark || found == Unanswered);

    /// <summary>The line is of no use any more; what was written over it must be found over another one.</summary>
    public void Forget() => Line = null;

    /// <summary>Whether the group can go on over this line without something being lost.</summary>
    public bool HoldsOver(RedisLine line) => Move is not { } move
        || (!move.From.IsBroken && !move.To.IsBroken && (line == move.From || line == move.To));

    public void Part(RedisLine from, RedisLine to) => Move = (from, to);

    /// <summary>The line is that to the slot's owner: if it was moved there, all of it is there.</summary>
    public void Settle(RedisLine owner)
    {
        if (Move?.To == owner)
            Move = null;
    }

    public void Lose() => (Mark, Unanswered, Line, Move) = (null, null, null, null);
}
