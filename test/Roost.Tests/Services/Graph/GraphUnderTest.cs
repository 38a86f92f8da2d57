using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Remote;
using Roost.Services.Graph;
using Roost.Services.Graph.Replicas;
using Roost.Services.Storage;
using Roost.Tests.Rpc.Remote;

namespace Roost.Tests.Services.Graph;

/// <summary>How the Graph service is reached.</summary>
internal enum GraphPlace
{
    /// <summary>Directly.</summary>
    Here,
    /// <summary>Through a replica.</summary>
    Replica,
    /// <summary>Through a replica, which reaches it over the network.</summary>
    Elsewhere,
}

/// <summary>The Graph service as its callers have it, which can be closed and opened again.</summary>
internal sealed class GraphUnderTest(
    GraphPlace place, DataDirectory data, TimeProvider time, IMeterFactory meters) : IAsyncDisposable
{
    // What a machine that has much else to do may take: these tests are about what is answered, not how soon.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    // Closed in the other order.
    private readonly Stack<IAsyncDisposable> _opened = [];
    private RemoteClient? _client;
    private GraphSource? _functions;

    public GraphApi Graph => _functions!.Graph;
    public RelationsApi Relations => _functions!.Relations;
    public ListsApi Lists => _functions!.Lists;
    public TagsApi Tags => _functions!.Tags;

    /// <summary>The service itself.</summary>
    public GraphService Service { get; private set; } = null!;

    public async Task OpenAsync()
    {
        Service = Opened(GraphService.Open(data, time, NullLoggerFactory.Instance, meters));
        _functions = SourceOf(Service);
        if (place == GraphPlace.Here)
            return;
        if (place == GraphPlace.Elsewhere)
        {
            var host = Opened(await HostAsync(Service));
            _client = ClientOf(host.Address, meters);
            _functions = Over(_client);
        }
        var replica = Opened(
            await GraphReplica.OpenAsync(_functions, time, NullLoggerFactory.Instance, meters, default));
        _functions = Of(replica, _functions);
    }

    public async Task CloseAsync()
    {
        while (_opened.TryPop(out var opened))
        {
            if (opened is RemoteHost)
                _client!.Dispose();
            await opened.DisposeAsync();
        }
    }

    public async Task ReopenAsync()
    {
        await CloseAsync();
        await OpenAsync();
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    public static GraphSource SourceOf(GraphService service) => new(
        service.Api, service.Relations, service.Lists, service.Tags, service.Suggestions, service.Feeds);

    /// <summary>All functions, as callers of the replica have them.</summary>
    public static GraphSource Of(GraphReplica replica, GraphSource source) => new(
        replica.Api, replica.Relations, replica.Lists, replica.Tags, replica.Suggestions, source.Feeds);

    public static Task<RemoteHost> HostAsync(GraphService graph, string? address = null) => RemoteHost.StartAsync(
        services => GraphRemote.Serve(
            services, graph.Api, graph.Relations, graph.Lists, graph.Tags, graph.Suggestions, graph.Feeds), address);

    public static RemoteClient ClientOf(string address, IMeterFactory meters)
    {
        var client = new RemoteClient(
            "graph", new BalancerOptions(), new ClientPolicy { TimeoutMax = _patience }, meters, TimeProvider.System,
            seed: 1);
        client.Update([new InstanceInfo(address, Address: address)]);
        return client;
    }

    public static GraphSource Over(RemoteClient client)
    {
        var feeds = GraphRemote.ConnectFeeds(client);
        return new GraphSource(
            GraphRemote.ConnectGraph(client, feeds.Follow(TimeProvider.System)), GraphRemote.ConnectRelations(client),
            GraphRemote.ConnectLists(client), GraphRemote.ConnectTags(client), GraphRemote.ConnectSuggestions(client),
            feeds);
    }

    private T Opened<T>(T one)
        where T : IAsyncDisposable
    {
        _opened.Push(one);
        return one;
    }
}
