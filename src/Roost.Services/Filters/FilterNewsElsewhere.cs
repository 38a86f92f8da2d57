using Roost.Engine.Ids;
using Roost.Rpc.Clients;

namespace Roost.Services.Filters;

/// <summary>Whose filters change, in a process that has not the service.</summary>
public static class FilterNewsElsewhere
{
    /// <summary>The feed of a service elsewhere; what is made ready here hears of each change before who follows. While
    /// the service is away it has nothing new.</summary>
    public static FollowFilters Follow(this FilterListsApi lists, FiltersElsewhere filters, TimeProvider time) =>
        ct => FollowAsync(lists, filters, time, ct);

    private static IAsyncEnumerable<AccountId> FollowAsync(
        FilterListsApi lists, FiltersElsewhere filters, TimeProvider time, CancellationToken ct) =>
        NewsElsewhere.FollowAsync(
            async (run, after) =>
            {
                var batch = await lists.Changes.AskUntilAnsweredAsync(
                    new AwaitFilterNews(run, after, LongPoll.Wait), time, ct);
                filters.Heard(batch, run);
                return new NewsBatch<AccountId>(batch.Run, batch.Last, batch.IsWhole, batch.Accounts);
            },
            // It has been heard.
            static () => { }, ct);
}
