using Microsoft.Extensions.Logging.Abstractions;
using Roost.Bench.Frame;
using Roost.Bench.Web;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Timelines;

namespace Roost.Bench.Timelines;

/// <summary>A Timelines service of its own over a world's other services, whose readers have the rules that they are
/// given here.</summary>
internal sealed class RuledReaders : IAsyncDisposable
{
    private readonly TimelinesService _timelines;
    private readonly BenchMeters _meters;
    private readonly AccountId[] _readers;

    private RuledReaders(TimelinesService timelines, BenchMeters meters, AccountId[] readers) =>
        (_timelines, _meters, _readers) = (timelines, meters, readers);

    public static async Task<RuledReaders> StartAsync(
        HomePageWorld world, Func<AccountId, SortedIds, ViewerRules?> rules, CancellationToken ct)
    {
        var node = world.Server.Node;
        var known = new Dictionary<AccountId, Followees>();
        foreach (var reader in world.Readers)
        {
            var followees = await node.Graph.Followees(new GetFollowees(reader), Call.Until(ct));
            known[reader] = followees with { Rules = rules(reader, followees.Ids) };
        }
        var graph = node.Graph with { Followees = (request, _) => new(known[request.Account]) };
        var meters = new BenchMeters();
        var timelines = new TimelinesService(
            new TimelinesOptions { RebuildShare = 1 }, new TimelinesPeers(node.Users, graph, node.Lists, node.Posts),
            TimeProvider.System, NullLoggerFactory.Instance, new TimelinesMetrics(meters));
        await timelines.StartAsync(ct);
        return new RuledReaders(timelines, meters, world.Readers);
    }

    /// <summary>Reads pages; the result is how many.</summary>
    public async ValueTask<long> ReadAsync(int pages, CancellationToken ct)
    {
        for (var i = 0; i < pages; i++)
            await _timelines.Api.Home(new HomeTimeline(_readers[i % _readers.Length], new PageRange()), Call.Until(ct));
        return pages;
    }

    public async ValueTask DisposeAsync()
    {
        await _timelines.DisposeAsync();
        _meters.Dispose();
    }
}
