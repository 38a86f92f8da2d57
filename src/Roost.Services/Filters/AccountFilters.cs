namespace Roost.Services.Filters;

/// <summary>The filters of one account, and those of them that do something now, made ready when first asked for and
/// again when one has expired. Thread-safe: two who are first do the same work.</summary>
internal sealed class AccountFilters(Filter[] all)
{
    private volatile Ready? _ready;

    public Filter[] All { get; } = all;

    /// <summary>Those that have not expired; null for none.</summary>
    public ViewerFilters? At(TimeProvider time)
    {
        var ready = _ready;
        // Without an expiry nobody looks at the clock.
        if (ready is { Until: null })
            return ready.Filters;
        var now = time.GetUtcNow();
        if (ready is null || ready.Until <= now)
            _ready = ready = Make(now);
        return ready.Filters;
    }

    private Ready Make(DateTimeOffset now)
    {
        var live = Array.FindAll(All, one => one.ExpiresAt is null || one.ExpiresAt > now);
        return new Ready(live.Length == 0 ? null : new ViewerFilters(live), live.Min(one => one.ExpiresAt));
    }

    /// <param name="Until">When the first of them expires; null for never.</param>
    private sealed record Ready(ViewerFilters? Filters, DateTimeOffset? Until);
}
