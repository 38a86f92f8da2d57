using Roost.Engine.Ids;
using Roost.Replay.Verifying;
using Roost.Services.Timelines;

namespace Roost.Scenarios;

/// <summary>
/// Reads the home timelines of a sample of accounts, and compares them post by post with what they must be, which the
/// scenario works out from its world and from what its authors were answered.
/// </summary>
/// <param name="expected">Newest first.</param>
internal sealed class HomeCheck(Stage stage, Func<AccountId, IReadOnlyList<PostId>> expected)
{
    private const int PagePosts = 40;

    /// <summary>Writes how many were compared, and that none differs.</summary>
    /// <param name="accounts">Drawn among 1 to this.</param>
    /// <param name="postsMax">Longer timelines are compared so far only.</param>
    /// <param name="fromInboxes">Whether all of it must come out of inboxes that are there.</param>
    public async Task RunAsync(int accounts, int samples, int postsMax = int.MaxValue, bool fromInboxes = true)
    {
        var sample = HomeVerifier.Sample([.. Enumerable.Range(1, accounts)], samples, stage.Seed);
        var different = 0;
        var compared = 0L;
        var rebuilt = stage.Meters.ReadsFromFallback;
        foreach (var id in sample)
        {
            var wanted = expected(new AccountId(id)).Take(postsMax).ToList();
            var seen = await ReadAsync(new AccountId(id), Math.Min(postsMax, wanted.Count + 1));
            compared += wanted.Count;
            if (!wanted.SequenceEqual(seen)) different++;
        }
        stage.Verdict.Figure("timelines_compared", "timelines compared", Unit.Count, sample.Length);
        stage.Verdict.Figure("timeline_posts_compared", "posts in them", Unit.Count, compared);
        stage.Verdict.Exactly("timelines_different", "timelines that differ", 0, different);
        if (!fromInboxes) return;
        stage.Verdict.Exactly(
            "timelines_rebuilt", "inboxes found missing", 0, stage.Meters.ReadsFromFallback - rebuilt);
    }

    /// <summary>The newest posts, at most so many.</summary>
    private async Task<List<PostId>> ReadAsync(AccountId account, int most)
    {
        var seen = new List<PostId>();
        var before = default(PostId);
        while (seen.Count < most)
        {
            var range = new PageRange(Before: before, Limit: Math.Min(PagePosts, most - seen.Count));
            var page = await stage.Services.Timelines.Home(new HomeTimeline(account, range), stage.Call);
            seen.AddRange(page.Entries.Select(entry => entry.Post.Id));
            if (!page.HasOlder || page.Entries.Count == 0) break;
            before = seen[^1];
        }
        return seen;
    }
}
