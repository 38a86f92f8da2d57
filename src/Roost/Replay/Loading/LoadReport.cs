namespace Roost.Replay.Loading;

/// <summary>What a load did, for people and (as JSON) for machines.</summary>
/// <param name="Accounts">Accounts of the network, whether new or there already.</param>
/// <param name="FollowsAdded">Of <paramref name="Follows"/>, those that were not there before; likewise
/// <paramref name="PostsAdded"/>.</param>
/// <param name="Posts">Posts of the source, replies and mentions and <paramref name="StandIns"/> included, boosts
/// not.</param>
/// <param name="Deliveries">Ids written into inboxes.</param>
/// <param name="Reading">From the start of reading the source until the first account was handed over.</param>
/// <param name="Importing">From there until the first post was: accounts, follows, empty inboxes.</param>
/// <param name="Posting">From there until the last post was in every inbox; rates are over it.</param>
public sealed record LoadReport(
    string Source, int Accounts, int Follows, long FollowsAdded, int Posts, int Boosts, int StandIns, long PostsAdded,
    long Deliveries, TimeSpan Reading, TimeSpan Importing, TimeSpan Posting, TimeSpan TimeToInboxP50,
    TimeSpan TimeToInboxP99)
{
    /// <summary>From the start of reading the source.</summary>
    public TimeSpan Wall => Reading + Importing + Posting;

    /// <summary>New posts and boosts a second; 0 when there were none.</summary>
    public double PostsPerSecond => PerSecond(PostsAdded);

    public double DeliveriesPerSecond => PerSecond(Deliveries);

    private double PerSecond(long count) => Posting > TimeSpan.Zero ? count / Posting.TotalSeconds : 0;
}
