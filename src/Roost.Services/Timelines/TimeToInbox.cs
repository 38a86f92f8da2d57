namespace Roost.Services.Timelines;

/// <summary>How long the posts of accounts with so many followers took from their commit to their last inbox, over all
/// since the process started.</summary>
/// <param name="Followers">Which accounts: <c>up_to_100</c>, <c>up_to_10k</c>, <c>up_to_1m</c> or
/// <c>above_1m</c>.</param>
public sealed record TimeToInbox(string Followers, long Posts, TimeSpan P50, TimeSpan P99, TimeSpan Max);
