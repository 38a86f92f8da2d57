namespace Roost.Replay.Loading;

/// <summary>What a load did, for people and (as JSON) for machines.</summary>
/// <param name="Accounts">Accounts of the network, whether new or there already.</param>
/// <param name="FollowsAdded">Of <paramref name="Follows"/>, those that were not there before; likewise
/// <paramref name="PostsAdded"/>.</param>
/// <param name="Posts">Posts of the source, replies and mentions and <paramref name="StandIns"/> included, boosts
/// not.</param>
/// <param name="Deliveries">Ids written into inboxes.</param>
/// <param name="Posting">From the first post handed over until the last was in every inbox; rates are over it.</param>
/// <param name="PeakMemoryBytes">Largest resident set of the process so far.</param>
/// <param name="Wall">From the start of reading the source.</param>
public sealed record LoadReport(
    string Source, int Accounts, int Follows, long FollowsAdded, int Posts, int Boosts, int StandIns, long PostsAdded,
    long Deliveries, TimeSpan Posting, TimeSpan TimeToInboxP50, TimeSpan TimeToInboxP99, long PeakMemoryBytes,
    TimeSpan Wall)
{
    /// <summary>Posts and boosts a second, those passed over included; 0 when there were none.</summary>
    public double PostsPerSecond => PerSecond((long)Posts + Boosts);

    public double DeliveriesPerSecond => PerSecond(Deliveries);

    private double PerSecond(long count) => Posting > TimeSpan.Zero ? count / Posting.TotalSeconds : 0;
}
