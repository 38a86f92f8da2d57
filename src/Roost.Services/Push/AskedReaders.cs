using System.Runtime.InteropServices;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Graph;

namespace Roost.Services.Push;

/// <summary>
/// What holds for each of some streams' readers: their rules and filters. Nearly all have neither, so that of thousands
/// of streams nothing is kept and none has to be looked at for each post. One thread.
/// </summary>
internal sealed class AskedReaders(PushPeers peers)
{
    /// <summary>Readers whose rules are asked for in one call.</summary>
    private const int ReadersPerCall = 1_024;

    private readonly AccountId[] _viewers = new AccountId[ReadersPerCall];

    // By the stream's place; empty as long as nobody has any.
    private readonly List<ViewerRules?> _rules = [];
    private readonly List<ViewerFilters?> _filters = [];

    /// <summary>Whether each of them is shown whatever is for all.</summary>
    public bool TakeAll { get; private set; }

    public ViewerRules? RulesOf(int place) => place < _rules.Count ? _rules[place] : null;

    public ViewerFilters? FiltersOf(int place) => place < _filters.Count ? _filters[place] : null;

    /// <summary>Whether that stream is shown whatever is for all.</summary>
    public bool TakesAll(int place, PushStream stream) =>
        TakeAll || (stream.TakesAll && RulesOf(place) is null && FiltersOf(place) is null);

    /// <summary>Asks for these streams; what was known of others is forgotten.</summary>
    /// <param name="streams">Not kept.</param>
    public async ValueTask AskAsync(List<PushStream> streams, CancellationToken ct)
    {
        _rules.Clear();
        _filters.Clear();
        TakeAll = true;
        for (var start = 0; start < streams.Count; start += ReadersPerCall)
        {
            var count = Math.Min(ReadersPerCall, streams.Count - start);
            var viewers = ViewersOf(CollectionsMarshal.AsSpan(streams).Slice(start, count));
            Keep(_rules, start, await peers.Graph.RulesOfMany(new GetRulesOfMany(viewers), Call.Until(ct)));
            Keep(_filters, start, await peers.Filters.OfMany(new GetFiltersOfMany(viewers), Call.Until(ct)));
        }
        TakeAll &= _rules.Count + _filters.Count == 0;
    }

    private ReadOnlyMemory<AccountId> ViewersOf(ReadOnlySpan<PushStream> streams)
    {
        for (var i = 0; i < streams.Length; i++)
        {
            _viewers[i] = streams[i].Viewer;
            TakeAll &= streams[i].TakesAll;
        }
        return _viewers.AsMemory(0, streams.Length);
    }

    private static void Keep<T>(List<T?> kept, int start, T?[] some) where T : class
    {
        if (some.Length == 0)
            return;
        while (kept.Count < start)
            kept.Add(null);
        kept.AddRange(some);
    }
}
