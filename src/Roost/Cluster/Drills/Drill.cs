using System.Globalization;
using System.Text.Json.Nodes;
using Roost.Composition;
using Roost.Engine.Ids;
using Roost.Replay;
using Roost.Replay.Online;
using Roost.Rpc;
using Roost.Services.Timelines;

namespace Roost.Cluster.Drills;

/// <param name="Directory">Of the cluster, which runs.</param>
/// <param name="Only">Parts or roles that something is done to; all when there are none.</param>
/// <param name="PerSecond">Requests a second; a fifth of them are posts, a tenth searches, a tenth notifications.
/// </param>
/// <param name="Stopped">How long a stopped process is stopped.</param>
/// <param name="Upgrades">Whether processes are restarted, and nothing else is done.</param>
internal sealed record DrillOptions(
    string Directory, IReadOnlyList<string> Only, int PerSecond, TimeSpan Stopped, bool Upgrades);

/// <summary>
/// Puts a steady load on a cluster, does to its processes in turn what happens to processes (<see cref="DrillFault"/>),
/// counts what clients meet, and holds the home timelines at the end to what was acknowledged.
/// </summary>
/// <remarks>The people of the load are accounts of its own, made by the cluster's services, who all follow each other;
/// they stay.</remarks>
internal sealed class Drill(DrillOptions options, TimeProvider time, Action<string> tell)
{
    private const int People = 20;
    private const int PageMax = 40;
    private const int WrongShown = 20;

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(5);

    /// <exception cref="ServiceException">No cluster runs there; it does not answer.</exception>
    public async Task<DrillReport> RunAsync(CancellationToken ct)
    {
        var cluster = Record();
        if (!cluster.Runs || cluster.Parts.Any(part => !part.Runs))
        {
            throw new ServiceException(
                ErrorCode.Unavailable,
                $"Not all of the cluster runs; see 'roost cluster status --data {options.Directory}'.");
        }
        var faults = DrillFault.Of(cluster, options);
        Uri[] gateways = [.. cluster.Parts.Where(part => part.Role == "gateway").Select(part => new Uri(part.Url!))];
        var people = await GatherAsync(cluster, ct);
        using var load = new DrillLoad(gateways, people, options.PerSecond, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var running = load.RunAsync(end.Token);
        var rows = new List<DrillRow>();
        try
        {
            var watch = new DrillWatch(load, time);
            await Task.Delay(_warmUp, time, ct);
            foreach (var fault in faults)
            {
                tell(fault.Name);
                rows.Add(await watch.WatchAsync(fault, Record, ct));
            }
        }
        finally
        {
            await end.CancelAsync();
            await running;
        }
        return await AccountAsync(load, gateways[0], people, rows, ct);
    }

    private ClusterRecord Record() => ClusterRecord.Find(options.Directory).Record;

    private async Task<OnlineAccount[]> GatherAsync(ClusterRecord cluster, CancellationToken ct)
    {
        var at = time.GetUtcNow();
        var run = at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        var network = new Network(
            "drill", [.. Enumerable.Range(0, People).Select(i => $"drill_{run}_{i}")],
            [
                .. from follower in Enumerable.Range(0, People)
                   from followee in Enumerable.Range(0, People)
                   where follower != followee
                   select new FollowEdge(follower, followee),
            ],
            [], at);
        using var services = new ServiceAccounts(UrlOf(Role.Users), UrlOf(Role.Graph), NodeTools.ForCommand());
        var people = await services.OpenAsync(network, null, ct);
        await services.FollowAsync(people, network, null, ct);
        return people;

        Uri UrlOf(Role role) => new(cluster.Serving(role.Name).Url!);
    }

    private async Task<DrillReport> AccountAsync(
        DrillLoad load, Uri gateway, OnlineAccount[] people, List<DrillRow> rows, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(30) };
        var api = new ClientApi(
            http, new OnlineOptions { Server = gateway, Speed = double.PositiveInfinity, Secret = "" }, time,
            new OnlineErrors());
        var acknowledged = load.Posts.Count(post => post.Id is not null);
        var unknown = load.Posts.Where(post => post.Id is null).ToArray();
        foreach (var post in unknown)
        {
            var made = await api.PostAsync(
                "/api/v1/statuses", new JsonObject { ["status"] = post.Text }, people[post.Author].Token, ct, post.Key);
            post.Id = made["id"]!.GetValue<string>();
        }
        var reader = new WebHomeReader(api, people);
        var wrong = new List<string>();
        foreach (var account in (int[])[0, People - 1])
            wrong.AddRange(Compare(people[account], load.Posts, people, await HomeAsync(reader, account, ct)));
        return new DrillReport(options.PerSecond, rows, acknowledged, unknown.Length, [.. wrong.Take(WrongShown)]);
    }

    private static async Task<List<(string Id, string Author, string Text)>> HomeAsync(
        WebHomeReader reader, int account, CancellationToken ct)
    {
        var home = new List<(string, string, string)>();
        var before = default(PostId);
        while (true)
        {
            var page = await reader.ReadAsync(account, new PageRange(Before: before, Limit: PageMax), ct);
            home.AddRange(page.Posts.Select(post => (post.Id.ToString(), post.Author, post.Text)));
            if (page.Posts.Count == 0 || !page.HasOlder) return home;
            before = page.Posts[^1].Id;
        }
    }

    private static IEnumerable<string> Compare(
        OnlineAccount reader, IReadOnlyCollection<DrillPost> posts, OnlineAccount[] people,
        List<(string Id, string Author, string Text)> home)
    {
        var expected = posts.Select(post => (post.Id!, people[post.Author].Username, post.Text)).ToHashSet();
        var found = home.ToHashSet();
        return expected.Except(found).Select(post => $"{reader.Username} has lost {post}")
            .Concat(found.Except(expected).Select(post => $"{reader.Username} has {post}, which nobody was told of"))
            .Concat(home.CountBy(post => post).Where(one => one.Value > 1)
                .Select(one => $"{reader.Username} has {one.Value} times {one.Key}"));
    }
}
