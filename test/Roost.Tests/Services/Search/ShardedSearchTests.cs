using Microsoft.Extensions.Logging.Abstractions;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Remote;
using Roost.Services.Search;
using Roost.Services.Storage;
using Roost.Tests.Rpc.Remote;
using Roost.Tests.Services.Storage;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Search;

/// <summary>The index in shards elsewhere, over real HTTP/2 connections: it finds what one index finds.</summary>
public sealed class ShardedSearchTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Shards = 3;

    // A busy machine is no shard that is gone.
    private static readonly SearchOptions _options = new() { QueryTimeMax = TimeSpan.FromMinutes(1), PastShare = 1 };

    private readonly Scratch _scratch = new();
    private readonly List<IAsyncDisposable> _opened = [];
    private readonly List<(RemoteHost Host, ShardService Shard)> _shards = [];
    private TestNetwork _network = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _network = await TestNetwork.StartAsync(SearchStory.Accounts, search: _options);

    public async ValueTask DisposeAsync()
    {
        _opened.Reverse();
        foreach (var one in _opened) await one.DisposeAsync();
        await _network.DisposeAsync();
        _scratch.Dispose();
    }

    [Theory, InlineData(1), InlineData(2)]
    public async Task Shards_find_what_one_index_finds_whatever_becomes_of_posts(int seed)
    {
        output.WriteLine($"seed {seed}");
        var story = new SearchStory(_network, seed);
        await story.GoOnAsync(200);
        var sharded = await StartAsync();
        Assert.Equal(await FoundAsync(_network.Search), await FoundAsync(sharded));

        await story.GoOnAsync(200);
        foreach (var (_, shard) in _shards) await shard.CatchUpAsync(Ct);
        Assert.Equal(await FoundAsync(_network.Search), await FoundAsync(sharded));
    }

    [Fact]
    public async Task What_was_posted_before_is_waited_for_where_that_is_asked()
    {
        var sharded = await StartAsync();
        for (var i = 1; i <= 20; i++)
        {
            await _network.PostAsync(1, $"post {i} #tag");
            var found = await sharded.Tagged(
                new FindTagged(
                    default, ["tag"], [], [], false, new SearchRange { WaitMax = TimeSpan.FromMinutes(1) }),
                TestNetwork.Call);
            Assert.Equal(i, found.Refs.Count);
        }
    }

    [Fact]
    public async Task Without_one_of_them_the_others_answer_and_it_is_said()
    {
        for (var i = 1; i <= 9; i++) await _network.PostAsync(1, $"post {i}");
        var sharded = await StartAsync();
        await _shards[1].Host.KillAsync();

        var found = await sharded.Posts(new FindPosts(default, "post", default, new SearchRange()), TestNetwork.Call);

        Assert.True(found.IsPartial);
        Assert.Equal(6, found.Refs.Count);
        Assert.DoesNotContain(found.Refs, post => new ShardPlace(2, Shards).Holds(post.Seq));
        foreach (var (host, _) in _shards) await host.KillAsync();
        var gone = await Assert.ThrowsAsync<ServiceException>(async () => await sharded.Posts(
            new FindPosts(default, "post", default, new SearchRange()), TestNetwork.Call));
        Assert.Equal(ErrorCode.Unavailable, gone.Code);
    }

    [Fact]
    public async Task Another_shard_than_is_meant_and_what_is_no_query_are_refused()
    {
        await StartAsync();
        var shard = ClientOf(_shards[0].Host);

        var other = await RefusedAsync(shard, new("2/3", new(QueryPartKind.All), new(0, 0), 1));
        var nonsense = await RefusedAsync(shard, new("1/3", new(QueryPartKind.Not), new(0, 0), 1));
        var beyond = await RefusedAsync(shard, new("1/3", new(QueryPartKind.All), new(0, 0), 1_001));

        Assert.Equal(
            "This is shard 1/3 of the search index, and not 2/3: look after --search-shards and --shard.", other);
        Assert.Contains("a part of kind Not with 0 parts", nonsense, StringComparison.Ordinal);
        Assert.Contains("take 1 to 1000", beyond, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_saved_of_another_division_is_made_anew()
    {
        for (var i = 1; i <= 8; i++) await _network.PostAsync(1, $"post {i}");
        using var data = DataDirectory.Open(_scratch.File("one"));

        foreach (var (place, count) in ((ShardPlace, int)[])[(new(1, 2), 4), (new(1, 2), 4), (new(4, 4), 2)])
        {
            await using var shard = ShardOf(data, place);
            await shard.StartAsync(Ct);
            await shard.CatchUpAsync(Ct);
            var all = await shard.Api.Search(
                new(place.ToString(), new(QueryPartKind.All), new(long.MaxValue, uint.MaxValue), 20), TestNetwork.Call);
            Assert.Equal(count, all.Hits.Count);
            Assert.All(all.Hits, hit => Assert.True(place.Holds((uint)hit.Key.Seq)));
        }
    }

    [Theory]
    [InlineData("2/4", true), InlineData("1/1", true), InlineData("1024/1024", true)]
    [InlineData("0/1", false), InlineData("3/2", false), InlineData("1", false), InlineData("1/1025", false)]
    [InlineData("-1/2", false), InlineData("a/b", false), InlineData("1/", false)]
    public void Places_are_read_as_they_are_written(string text, bool isPlace)
    {
        Assert.Equal(isPlace, ShardPlace.TryParse(text, out var place));
        if (isPlace) Assert.Equal(text, place.ToString());
    }

    private static async Task<string> RefusedAsync(ShardApi shard, SearchShard request)
    {
        var refused = await Assert.ThrowsAsync<ServiceException>(
            async () => await shard.Search(request, TestNetwork.Call));
        Assert.Equal(ErrorCode.Invalid, refused.Code);
        return refused.Message;
    }

    /// <summary>By time and by relevance, and what is counted.</summary>
    private static async Task<List<string>> FoundAsync(SearchApi search)
    {
        var found = await SearchStory.FindAsync(search);
        var ranked = new Roost.Engine.Search.Relevance(DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() / 100);
        for (Roost.Engine.Search.Relevance? next = ranked; next is not null;)
        {
            var page = await search.Posts(
                new FindPosts(
                    default, "w0 OR w1", default, new SearchRange(Limit: 7) { ByRelevance = true, Ranked = next }),
                TestNetwork.Call);
            found.Add(string.Join(' ', page.Refs.Select(post => post.Seq)));
            next = page.NextRanked;
        }
        for (var author = 1; author <= SearchStory.Accounts; author++)
        {
            var (posts, lastOn) = await search.CountTagged(
                new CountTagged(new AccountId(author), "tag"), TestNetwork.Call);
            found.Add($"{author}: {posts} {lastOn:O}");
        }
        return found;
    }

    private async Task<SearchApi> StartAsync()
    {
        for (var number = 1; number <= Shards; number++)
        {
            var shard = ShardOf(Open(DataDirectory.Open(_scratch.File($"shard-{number}"))), new(number, Shards));
            _opened.Add(shard);
            await shard.StartAsync(Ct);
            await shard.CatchUpAsync(Ct);
            var host = await RemoteHost.StartAsync(services => SearchRemote.Serve(services, shard.Api));
            _opened.Add(host);
            _shards.Add((host, shard));
        }
        var data = Open(DataDirectory.Open(_scratch.File("rest")));
        var search = new SearchService(
            SearchReading.None(data), _options,
            new SearchPeers(_network.Users, _network.Graph, _network.Posts)
            {
                Marks = _network.Marks,
                Shards = [.. _shards.Select(one => ClientOf(one.Host))],
            },
            TimeProvider.System, NullLoggerFactory.Instance, new SearchMetrics(_scratch.Meters));
        _opened.Add(search);
        await search.StartAsync(Ct);
        return search.Api;
    }

    private ShardService ShardOf(DataDirectory data, ShardPlace place) => new(
        SearchReading.Begin(data), _options with { Place = place, SaveAfterRecords = 1 }, _network.Posts,
        TimeProvider.System, NullLoggerFactory.Instance, new SearchMetrics(_scratch.Meters));

    private ShardApi ClientOf(RemoteHost host)
    {
        var client = Open(new RemoteClient(
            "search", new BalancerOptions(), new ClientPolicy { TimeoutMax = TimeSpan.FromMinutes(1) }, _scratch.Meters,
            TimeProvider.System, seed: 1));
        client.Update([new InstanceInfo(host.Address, Address: host.Address)]);
        return SearchRemote.ConnectShard(client);
    }

    private T Open<T>(T opened) where T : IDisposable
    {
        _opened.Add(new Closing(opened));
        return opened;
    }

    private sealed class Closing(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return default;
        }
    }
}
