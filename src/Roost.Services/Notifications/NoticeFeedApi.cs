using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Notifications;

/// <summary>The feeds of notifications for processes elsewhere (<see cref="NotificationsApi.Feed"/> and
/// <see cref="NoticePolicyApi.Feed"/>).</summary>
public sealed record NoticeFeedApi(Service<AwaitTold, ToldBatch> Told, Service<AwaitMerges, MergeNews> Merges);

/// <summary>The next notifications after one, in order. The reply comes as soon as there is one, and, empty, when the
/// wait is over.</summary>
/// <param name="After">0 or more.</param>
/// <param name="Wait">Above 0, 3 s at most.</param>
public sealed record AwaitTold(long After, TimeSpan Wait) : IWaitingRequest;

public sealed record ToldBatch(IReadOnlyList<Notice> Items)
{
    public static ToldBatch None { get; } = new([]);
}

/// <summary>Whose notifications that were kept back are among the others now. The reply comes as soon as there are
/// any, and, empty, when the wait is over.</summary>
/// <param name="Run">As it was told last; empty for from now on.</param>
/// <param name="After">Likewise.</param>
/// <param name="Wait">0 to 3 s.</param>
public sealed record AwaitMerges(string Run, long After, TimeSpan Wait) : IWaitingRequest;

/// <param name="Run">Names what tells the news: another one begins anew.</param>
/// <param name="Last">Up to which these are.</param>
/// <param name="IsWhole">False: some before these are lost.</param>
public sealed record MergeNews(string Run, long Last, bool IsWhole, IReadOnlyList<AccountId> Accounts);
