namespace Roost.Rpc.Filters;

/// <summary>Puts filters around services, once, at start-up.</summary>
public static class FilterComposition
{
    /// <summary>
    /// The service that callers see. Read from the top down as a call travels: the first filter is outermost, meets the
    /// request first and the reply last.
    /// </summary>
    /// <example><code>
    /// var create = service.With(
    ///     metrics.Apply,    // sees everything, refusals of the filters below included
    ///     deadline.Apply,
    ///     limit.Apply);     // nearest to the service
    /// </code></example>
    /// <remarks>A call through the result costs one delegate call per filter, and no allocation of its own.</remarks>
    public static Service<TRequest, TReply> With<TRequest, TReply>(
        this Service<TRequest, TReply> service, params ReadOnlySpan<Filter<TRequest, TReply>> filters)
    {
        ArgumentNullException.ThrowIfNull(service);
        for (var i = filters.Length - 1; i >= 0; i--)
            service = filters[i](service)
                ?? throw new ArgumentException($"Filter {i} returned null instead of a service.", nameof(filters));
        return service;
    }
}
