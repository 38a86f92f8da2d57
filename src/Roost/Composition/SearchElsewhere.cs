using Roost.Rpc.Clients;
using Roost.Services.Search;

namespace Roost.Composition;

/// <summary>The ways to the shards of the search index, where other processes have them.</summary>
internal sealed class SearchElsewhere : IAsyncDisposable
{
    /// <summary>Whoever has not answered by then is left out: a page with less is better than none.</summary>
    private static readonly ClientPolicy _policy = new() { TimeoutMax = TimeSpan.FromSeconds(1.5) };

    /// <param name="shards">Where each is, in their order.</param>
    public SearchElsewhere(IReadOnlyList<Elsewhere> shards, NodeTools tools)
    {
        var names = Enumerable.Range(1, shards.Count)
            .Select(number => SearchRole.NameOf(new ShardPlace(number, shards.Count))).ToArray();
        Ways = [.. shards.Zip(names, (where, name) => new RoleElsewhere(name, where, tools))];
        Shards = [.. Ways.Zip(names, (way, name) => SearchRemote.ConnectShard(way.Connect(name, _policy)))];
    }

    public IReadOnlyList<RoleElsewhere> Ways { get; }

    public IReadOnlyList<ShardApi> Shards { get; }

    public async ValueTask DisposeAsync()
    {
        foreach (var way in Ways) await way.DisposeAsync();
    }
}
