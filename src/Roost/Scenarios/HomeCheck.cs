using Roost.Engine.Ids;
using Roost.Replay.Verifying;
using Roost.Scenarios.Loads;
using Roost.Scenarios.Worlds;
using Roost.Services.Timelines;

namespace Roost.Scenarios;

/// <summary>
/// Reads the home timelines of a sample of accounts whole, and compares them with what they must be, worked out in the
/// plainest way from the list of follows and from what the load was answered.
/// </summary>
internal sealed class HomeCheck(Stage stage, SocialWorld world, IReadOnlyList<Posted> posted)
{
    private const int PagePosts = 40;

    private readonly ILookup<AccountId, PostId> _byAuthor =
        posted.Where(post => post.IsAccepted).ToLookup(post => post.Author, post => post.Ref.Id);

    /// <summary>Writes how many were compared, and that none differs.</summary>
    public async Task RunAsync(int samples)
    {
        int[] all = [.. Enumerable.Range(1, world.Accounts)];
        var sample = HomeVerifier.Sample(all, samples, stage.Seed);
        var different = 0;
        var compared = 0L;
        var fromFallback = stage.Meters.ReadsFromFallback;
        foreach (var id in sample)
        {
            var expected = Expected(new AccountId(id));
            var seen = await ReadAsync(new AccountId(id), expected.Count);
            compared += expected.Count;
            if (!expected.SequenceEqual(seen)) different++;
        }
        stage.Verdict.Figure("timelines_compared", "timelines compared", Unit.Count, sample.Length);
        stage.Verdict.Figure("timeline_posts_compared", "posts in them", Unit.Count, compared);
        stage.Verdict.Exactly("timelines_different", "timelines that differ", 0, different);
        stage.Verdict.Exactly(
            "timelines_rebuilt", "of these not from inboxes", 0, stage.Meters.ReadsFromFallback - fromFallback);
    }

    private List<PostId> Expected(AccountId account)
    {
        var posts = new List<PostId>(_byAuthor[account]);
        foreach (var followee in world.FolloweesOf(account)) posts.AddRange(_byAuthor[followee]);
        posts.Sort((a, b) => b.CompareTo(a));
        return posts;
    }

    /// <summary>The whole timeline, newest first; what is far too long is cut off.</summary>
    private async Task<List<PostId>> ReadAsync(AccountId account, int expected)
    {
        var seen = new List<PostId>(expected);
        var before = default(PostId);
        while (seen.Count <= expected)
        {
            var range = new PageRange(Before: before, Limit: PagePosts);
            var page = await stage.Services.Timelines.Home(new HomeTimeline(account, range), stage.Call);
            seen.AddRange(page.Entries.Select(entry => entry.Post.Id));
            if (!page.HasOlder || page.Entries.Count == 0) break;
            before = seen[^1];
        }
        return seen;
    }
}
