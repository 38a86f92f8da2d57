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

    public bool IsUp => Mark is not null;

    public void Send(InboxMark mark) => Unanswered = mark;

    public void Reach(InboxMark mark, RedisLine line) => (Mark, Unanswered, Line) = (mark, null, line);

    /// <summary>Whether a mark that was found is the last one that was written.</summary>
    public bool IsCurrent(InboxMark? found) => found is not null && (found == Mark || found == Unanswered);

    /// <summary>The line is of no use any more; what was written over it must be found over another one.</summary>
    public void Forget() => Line = null;

    public void Lose() => (Mark, Unanswered, Line) = (null, null, null);
}
