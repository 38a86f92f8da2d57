using Roost.Engine.Ids;
using Roost.Engine.Search;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Tests.Services.Timelines;

namespace Roost.Tests.Services.Search;

/// <summary>Random posts, edits, deletions and favourites, and what is found of them, from a seed.</summary>
internal sealed class SearchStory(TestNetwork network, int seed)
{
    public const int Accounts = 6;

    private const int Words = 12;

    private static readonly string[] _queries =
    [
        "w0", "w3", "w11", "#tag", "w1 w2", "w1 OR w5", "\"w0 w1\"", "w0 -w1", "from:u1", "from:u2 w3", "w*", "has:link",
        "is:reply", "to:u3", "is:sensitive", "(w1 OR w2) w3", "language:de", "-w0", "@u4", "edited",
    ];

    private readonly Random _random = new(seed);
    private readonly List<Post> _posts = [];

    /// <summary>Some more of it.</summary>
    public async Task GoOnAsync(int steps)
    {
        for (var step = 0; step < steps; step++)
            await StepAsync();
        await network.Search.Ingested(new AwaitIngest(), TestNetwork.Call);
    }

    /// <summary>All pages of many queries by strangers and by some who see more.</summary>
    public static Task<List<string>> FindAsync(TestNetwork network) => FindAsync(network.Search);

    public static async Task<List<string>> FindAsync(SearchApi search)
    {
        var found = new List<string>();
        foreach (var query in _queries)
        {
            foreach (var viewer in new[] { 0, 1, 4 })
                found.Add($"{query} for {viewer}: {string.Join(' ', await AllAsync(search, viewer, query))}");
        }
        return found;
    }

    private async Task StepAsync()
    {
        var author = _random.Next(1, Accounts + 1);
        var any = _posts.Count == 0 ? null : _posts[_random.Next(_posts.Count)];
        switch (any is null ? 0 : _random.Next(10))
        {
            case 6:
                await network.Posts.Edit(
                    new EditPost(any!.Author, any.Id, Text() + " edited", "", _random.Next(4) == 0, null, []),
                    TestNetwork.Call);
                break;
            case 7 when _random.Next(2) == 0:
                await network.Posts.Delete(new DeletePost(any!.Author, any.Id), TestNetwork.Call);
                _posts.Remove(any);
                break;
            case 8 when any!.Visibility == Visibility.Public:
                await network.Posts.Favourite(new FavouritePost(new AccountId(author), any!.Id), TestNetwork.Call);
                break;
            case 9 when any!.Visibility == Visibility.Public:
                await network.Posts.Boost(new BoostPost(new AccountId(author), any!.Id), TestNetwork.Call);
                break;
            default:
                _posts.Add(await network.PostAsync(
                    author, Text(), _random.Next(4) == 0 && any?.Visibility == Visibility.Public ? any.Id : default,
                    _random.Next(5) == 0 ? Visibility.Followers : Visibility.Public,
                    _random.Next(5) == 0 ? [4] : null, _random.Next(3) == 0 ? "de" : null));
                break;
        }
    }

    private string Text() => string.Join(' ', Enumerable.Range(0, _random.Next(1, 7)).Select(_ => Word()));

    private string Word() => _random.Next(12) switch
    {
        0 => "#tag",
        1 => $"https://example.com/p{_random.Next(9)}",
        _ => $"w{(int)(Words * Math.Pow(_random.NextDouble(), 2))}",
    };

    private static async Task<List<uint>> AllAsync(SearchApi search, int viewer, string query)
    {
        var seqs = new List<uint>();
        for (SearchKey? next = SearchKey.Newest; next is { } below;)
        {
            var page = await search.Posts(
                new FindPosts(new AccountId(viewer), query, default, new SearchRange(Below: below, Limit: 17)),
                TestNetwork.Call);
            Xunit.Assert.Null(page.Error);
            Xunit.Assert.False(page.IsPartial);
            seqs.AddRange(page.Refs.Select(post => post.Seq));
            next = page.Next;
        }
        return seqs;
    }
}
