namespace Roost.Services.Timelines.Redis;

/// <summary>What stored entries say, put in order.</summary>
/// <remarks>
/// Entries are pushed by ascending seqs, and a turn that is done again, since nobody knows whether it was done, pushes
/// from its first one on: so whoever goes down from the newest end and passes over what does not descend, and what is
/// above the mark, has the newest that belong there, each once, however far it goes.
/// </remarks>
/// <param name="Seqs">Descending, of the range only.</param>
/// <param name="CompleteFrom">From which seq on these are all, up to the mark.</param>
/// <param name="ReachesEnd">Whether the stored entries go no further down than the range.</param>
internal readonly record struct RedisPage(List<uint> Seqs, uint CompleteFrom, bool ReachesEnd)
{
    /// <param name="asked">How many items were asked for, or <see cref="RedisReader.All"/>.</param>
    public static RedisPage Of(in StoredInbox stored, uint below, uint above, int asked)
    {
        var seqs = new List<uint>(stored.Items.Length);
        var last = Math.Min(stored.Mark.UpTo, uint.MaxValue - 1) + 1;
        var hasEnd = false;
        foreach (var item in stored.Items)
        {
            var seq = (uint)item.Number;
            hasEnd |= seq == 0;
            if (seq == 0 || seq >= last)
                continue;
            last = seq;
            if (seq < below && seq > above)
                seqs.Add(seq);
        }
        // Without the 0 older ones were cut off, or were not asked for.
        var completeFrom = hasEnd ? stored.Header.CompleteFrom : last;
        return new RedisPage(
            seqs, completeFrom, hasEnd || stored.Items.Length != asked || completeFrom <= above + 1);
    }
}
