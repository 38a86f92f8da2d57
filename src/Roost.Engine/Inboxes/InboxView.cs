namespace Roost.Engine.Inboxes;

/// <summary>What a read of an inbox found, all as of one moment.</summary>
/// <param name="Count">How many seqs were written to the destination.</param>
/// <param name="CompleteFrom">The inbox has everything that belongs in it from this seq on, and nothing below
/// it.</param>
/// <param name="Tag">What its owner gave it.</param>
/// <param name="MoreBelow">Newest first: the range asked for has more entries in the inbox, older than those written.
/// Else false.</param>
/// <param name="MoreAbove">Oldest first: the range asked for has more entries in the inbox, newer than those written.
/// Else false.</param>
public readonly record struct InboxView(int Count, uint CompleteFrom, int Tag, bool MoreBelow, bool MoreAbove);
