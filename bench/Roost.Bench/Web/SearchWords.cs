using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Search;
using Roost.Services.Timelines;

namespace Roost.Bench.Web;

/// <summary>Words to search a <see cref="HomePageWorld"/> for: each finds a full page.</summary>
internal static class SearchWords
{
    private const int PagesMax = 50;

    public static string PathOf(string query) =>
        $"/api/v2/search?q={Uri.EscapeDataString(query)}&type=statuses&limit={HomePageWorld.PagePosts}";

    /// <summary>Different words of the newest posts, as frequent ones as rare ones, when all is indexed.</summary>
    public static async Task<string[]> FindAsync(HomePageWorld world, int count, CancellationToken ct)
    {
        var node = world.Server.Node;
        var call = Call.Until(ct);
        await node.Search.Ingested(new AwaitIngest(), call);
        var words = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        PostId before = default;
        for (var pages = 0; pages < PagesMax && words.Count < count; pages++)
        {
            var page = await node.Timelines.Public(new PublicTimeline(default, new PageRange(before)), call);
            if (page.Entries.Count == 0)
                break;
            before = page.Entries[^1].Post.Id;
            foreach (var word in page.Entries.SelectMany(entry => entry.Post.Text.Split(' ')))
            {
                if (words.Count < count && word.All(char.IsAsciiLetter) && await FillsPageAsync(word))
                    words.Add(word);
            }
        }
        return words.Count > 0
            ? [.. words]
            : throw new InvalidOperationException("No word of this network's posts fills a page.");

        async ValueTask<bool> FillsPageAsync(string word)
        {
            var range = new SearchRange(Limit: HomePageWorld.PagePosts);
            var found = await node.Search.Posts(new FindPosts(default, word, default, range), call);
            return found.Refs.Count == HomePageWorld.PagePosts;
        }
    }
}
