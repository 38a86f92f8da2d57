using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Bench.Frame;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Remote;
using Roost.Services.Graph;
using Roost.Services.Graph.Replicas;
using Roost.Services.Storage;

namespace Roost.Bench.Graph;

/// <summary>A replica of the graph over gRPC on this machine: its start, reads from it beside calls to the service, and
/// changes, answered when the replica has them, beside the service's own.</summary>
internal static class ReplicaBenchmark
{
    private const int AtOnce = 32;

    public static async Task RunAsync(
        Report report, DataDirectory data, int accounts, BenchSettings settings, CancellationToken ct)
    {
        using var meters = new BenchMeters();
        await using var service = GraphService.Open(data, TimeProvider.System, NullLoggerFactory.Instance, meters);
        await using var host = await ServeAsync(service);
        using var client = new RemoteClient(
            "graph", new BalancerOptions(), new ClientPolicy(), meters, TimeProvider.System, seed: 1);
        client.Update([new InstanceInfo("one", Address: host.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses.Single())]);
        var feeds = GraphRemote.ConnectFeeds(client);
        var far = GraphRemote.ConnectGraph(client, feeds.Follow(TimeProvider.System));
        var source = new GraphSource(
            far, GraphRemote.ConnectRelations(client), GraphRemote.ConnectLists(client),
            GraphRemote.ConnectTags(client), GraphRemote.ConnectSuggestions(client), feeds);

        var start = Stopwatch.GetTimestamp();
        await using var replica = await GraphReplica.OpenAsync(
            source, TimeProvider.System, NullLoggerFactory.Instance, meters, ct);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        report.AddTable("Start of a replica over gRPC", "follows", "s", "follows/s")
            .Add(service.Follows, seconds, service.Follows / seconds);

        var reads = settings.Quick ? 100 : 4_000;
        var read = await Rounds.RunAsync(
            settings,
            [
                Reads("from the replica", replica.Api, reads * 100, accounts),
                Reads("from the service", service.Api, reads * 100, accounts),
                Reads("by calls over gRPC", far, reads, accounts),
            ],
            ct);
        report.AddRounds("Followees of one account", "read", read, read[1]);

        var changes = settings.Quick ? AtOnce : 2_000;
        foreach (var atOnce in (int[])[1, AtOnce])
        {
            var changed = await Rounds.RunAsync(
                settings,
                [
                    Changes("through the replica, seen there", replica.Api, changes, atOnce, accounts),
                    Changes("by calls over gRPC", far, changes, atOnce, accounts),
                    Changes("by the service", service.Api, changes, atOnce, accounts),
                ],
                ct);
            report.AddRounds($"Follows and unfollows, durable, {atOnce} at once", "change", changed, changed[2]);
        }
    }

    private static Subject Reads(string name, GraphApi graph, int count, int accounts) => new(name, async () =>
    {
        for (var i = 0; i < count; i++)
            await graph.Followees(new GetFollowees(new AccountId(1 + i % accounts)), Call.Unbounded);
        return count;
    });

    /// <summary>Of accounts that nobody else has: each follows and unfollows another.</summary>
    private static Subject Changes(string name, GraphApi graph, int count, int atOnce, int accounts) => new(
        name, async () =>
        {
            await Task.WhenAll(Enumerable.Range(1, atOnce).Select(i => Task.Run(async () =>
            {
                var (a, b) = (new AccountId(accounts + i), new AccountId(accounts + atOnce + i));
                for (var done = 0; done < count / atOnce; done += 2)
                {
                    await graph.Follow(new Follow(a, b), Call.Unbounded);
                    await graph.Unfollow(new Unfollow(a, b), Call.Unbounded);
                }
            })));
            return count / atOnce * atOnce;
        });

    private static async Task<WebApplication> ServeAsync(GraphService graph)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        RemoteServices.Register(builder.Services);
        var app = builder.Build();
        GraphRemote.Serve(
            app.Services.GetRequiredService<RemoteServices>(), graph.Api, graph.Relations, graph.Lists, graph.Tags,
            graph.Suggestions, graph.Feeds);
        RemoteServices.Map(app);
        await app.StartAsync();
        return app;
    }
}
