using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Filters;

/// <summary>
/// The Filters service as a process has it that does not run it: changes and lists are asked for, and what is held
/// against posts is made ready here and kept, of those accounts lately asked about.
/// </summary>
/// <remarks>
/// Thread-safe. What this process changes holds before the change is answered; what others change, once the news of it
/// are here (<see cref="Changed"/>). While these do not come nothing is kept for longer than <see cref="KeptFor"/>.
/// Memory: some 100 bytes an account, and what its filters take.
/// </remarks>
public sealed class FiltersElsewhere
{
    /// <summary>Nearly all of them have no filters.</summary>
    private const int KnownMax = 262_144;

    private readonly FilterListsApi _lists;
    private readonly TimeProvider _time;
    private volatile BoundedCache<int, Known> _known = new(KnownMax);

    public FiltersElsewhere(FilterListsApi lists, TimeProvider time) => (_lists, _time) = (lists, time);

    /// <summary>How long what is known holds when no news come.</summary>
    public static TimeSpan KeptFor { get; } = TimeSpan.FromMinutes(1);

    /// <summary>The functions of the service, so that what is changed here holds here at once.</summary>
    public FiltersApi Heeding(FiltersApi filters)
    {
        ArgumentNullException.ThrowIfNull(filters);
        return filters with
        {
            Make = Heeded(filters.Make, request => request.Account),
            Change = Heeded(filters.Change, request => request.Account),
            End = Heeded(filters.End, request => request.Account),
            AddKeyword = Heeded(filters.AddKeyword, request => request.Account),
            ChangeKeyword = Heeded(filters.ChangeKeyword, request => request.Account),
            EndKeyword = Heeded(filters.EndKeyword, request => request.Account),
            AddPost = Heeded(filters.AddPost, request => request.Account),
            EndPost = Heeded(filters.EndPost, request => request.Account),
        };
    }

    /// <summary>To be told whose filters have changed; nobody: anybody's may have.</summary>
    public void Changed(AccountId account)
    {
        if (account.IsNone) _known = new(KnownMax);
        else _known.Remove(account.Value);
    }

    /// <summary>Takes news in.</summary>
    /// <param name="run">As they were asked for: who begins to ask knows nothing of what was before.</param>
    public void Heard(FilterNews news, string run)
    {
        ArgumentNullException.ThrowIfNull(news);
        ArgumentNullException.ThrowIfNull(run);
        if (!news.IsWhole || run.Length == 0) Changed(default);
        foreach (var account in news.Accounts) Changed(account);
    }

    /// <summary>For <see cref="FiltersApi.Of"/>.</summary>
    public async ValueTask<ViewerFilters?> OfAsync(GetViewerFilters request, Call call) =>
        await OfManyAsync(new GetFiltersOfMany(new[] { request.Viewer }), call) is [var only] ? only : null;

    /// <summary>For <see cref="FiltersApi.OfMany"/>.</summary>
    public async ValueTask<ViewerFilters?[]> OfManyAsync(GetFiltersOfMany request, Call call)
    {
        var viewers = request.Viewers;
        var known = _known;
        var version = known.Version;
        List<AccountId>? unknown = null;
        foreach (var viewer in viewers.Span)
        {
            if (!viewer.IsNone && !IsKnown(known, viewer)) (unknown ??= []).Add(viewer);
        }
        Dictionary<int, AccountFilters>? fresh = null;
        for (var start = 0; start < (unknown?.Count ?? 0); start += ListFiltersOfMany.AccountsMax)
        {
            var asked = unknown!.GetRange(start, Math.Min(ListFiltersOfMany.AccountsMax, unknown.Count - start));
            fresh ??= [];
            foreach (var one in await _lists.OfMany(new ListFiltersOfMany(asked), call))
                fresh[one.Account.Value] = new AccountFilters([.. one.Filters]);
            var at = _time.GetTimestamp();
            foreach (var account in asked)
            {
                known.TryFill(
                    account.Value, new Known(fresh.GetValueOrDefault(account.Value), at), version);
            }
        }
        return RareReplies.Of(viewers.Span, Find);

        ViewerFilters? Find(AccountId viewer) => viewer.IsNone ? null
            : fresh is not null && fresh.TryGetValue(viewer.Value, out var read) ? read.At(_time)
            : known.TryGet(viewer.Value, out var one) ? one.Filters?.At(_time)
            : null;
    }

    private bool IsKnown(BoundedCache<int, Known> known, AccountId viewer) =>
        known.TryGet(viewer.Value, out var one) && _time.GetElapsedTime(one.At) < KeptFor;

    private Service<TRequest, TReply> Heeded<TRequest, TReply>(
        Service<TRequest, TReply> change, Func<TRequest, AccountId> account) => async (request, call) =>
        {
            try
            {
                return await change(request, call);
            }
            finally
            {
                // Also where nobody knows whether it was done.
                Changed(account(request));
            }
        };

    /// <param name="Filters">Null for none, as of most.</param>
    /// <param name="At">When they were read.</param>
    private sealed record Known(AccountFilters? Filters, long At);
}
