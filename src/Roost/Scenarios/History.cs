using Roost.Engine.Ids;
using Roost.Replay.Loading;
using Roost.Scenarios.Loads;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.World;

namespace Roost.Scenarios;

/// <summary>Posts of the day before, so that timelines are not empty when a scenario begins.</summary>
internal static class History
{
    private const int PostsPerBatch = 8_192;
    private static readonly TimeSpan _span = TimeSpan.FromDays(1);

    /// <summary>Imports so many posts, each by an account drawn evenly among 1 to <paramref name="authors"/>.</summary>
    public static async Task<Posted[]> ImportAsync(Stage stage, int count, int authors)
    {
        var begins = stage.Time.GetUtcNow() - _span - TimeSpan.FromMinutes(1);
        var clock = new IdClock(begins.ToUnixTimeMilliseconds());
        var random = SplitMix.For(stage.Seed, 7);
        var posts = new Posted[count];
        for (var start = 0; start < count; start += PostsPerBatch)
        {
            var drafts = new PostDraft[Math.Min(PostsPerBatch, count - start)];
            for (var i = 0; i < drafts.Length; i++)
            {
                var number = start + i;
                var at = begins + (_span * ((double)number / count));
                var author = new AccountId(1 + random.Next(authors));
                drafts[i] = new PostDraft(
                    clock.Next(at.ToUnixTimeMilliseconds()), at, author, PostKind.Post,
                    Syllables.Sentence(stage.Seed, number), default, default, [], (ulong)number + 1);
                posts[number] = new Posted(
                    new PostRef(drafts[i].Id, 0, PostKind.Post, author, default), author, 0, 0);
            }
            await stage.Services.Posts.Import(new ImportPosts(drafts), stage.Call);
        }
        await stage.Services.Timelines.FanOut(new AwaitFanOut(), stage.Call);
        return posts;
    }
}
