using Roost.Rpc;

namespace Roost.Services.Posts;

/// <summary>What posts say, where the Posts service is elsewhere and its memory cannot be lent.</summary>
public static class TextsElsewhere
{
    /// <summary>For <see cref="PostsApi.Texts"/>: reads them whole.</summary>
    public static Service<ReadPostTexts, PostTexts> Of(Service<ReadPosts, ShownPost[]> read) =>
        async (request, call) =>
        {
            var shown = await read(new ReadPosts([.. request.Seqs, .. request.Counted]), call);
            var into = request.Into;
            into.Begin(request.Seqs.Count, request.Counted.Count);
            for (var i = 0; i < request.Seqs.Count; i++)
            {
                if (shown[i].Post is not { } post) into.AddNone();
                else if (post.IsBoost) into.AddBoost(LentPost.Of(post));
                else into.Add(post, CountersOf(shown[i]));
            }
            for (var i = 0; i < request.Counted.Count; i++)
            {
                var counted = shown[request.Seqs.Count + i];
                into.SetCounters(i, counted.Post is null ? null : CountersOf(counted));
            }
            return into;
        };

    private static PostCounters CountersOf(in ShownPost shown) =>
        new(shown.Stats.Replies, shown.Stats.Boosts, shown.Stats.Favourites);
}
