using Roost.Engine.Search;
using Roost.Services.Posts;

namespace Roost.Services.Search;

/// <summary>
/// Says which of many queries posts match, as a search would: it makes an index of the posts and asks it each query.
/// So a query costs about a microsecond however many posts there are, and means the same as in a search.
/// </summary>
internal static class PostMatching
{
    private const int PostsPerIndex = 256;

    private static readonly SearchIndexOptions _options = new()
    {
        SegmentPostsMax = PostsPerIndex,
        ChunkBytes = 1 << 16,
        BytesMax = 64 << 20,
    };

    /// <summary>For each post the places of the queries that it matches, ascending.</summary>
    public static IReadOnlyList<int>[] Match(MatchPosts request)
    {
        var matches = new IReadOnlyList<int>[request.Posts.Count];
        if (request.Queries.Count == 0)
        {
            Array.Fill(matches, []);
            return matches;
        }
        for (var start = 0; start < matches.Length; start += PostsPerIndex)
            Match(request, start, matches.AsSpan(start, Math.Min(PostsPerIndex, matches.Length - start)));
        return matches;
    }

    private static void Match(MatchPosts request, int start, Span<IReadOnlyList<int>> matches)
    {
        using var index = new SearchIndex(_options);
        var words = new PostWords();
        for (var i = 0; i < matches.Length; i++)
        {
            var post = request.Posts[start + i];
            var (language, flags) = words.Take(LentPost.Of(post));
            // Their own numbers here: posts that were edited are not in the order of the log.
            var entry = new SearchPost((uint)i + 1, post.Author, post.Id.UnixMilliseconds, language, flags);
            if (!index.Add(entry, words.Text, words.Tokens))
                throw new InvalidOperationException($"{matches.Length} posts do not fit into {_options.BytesMax} B.");
            matches[i] = [];
        }
        var room = new SearchRoom();
        for (var query = 0; query < request.Queries.Count; query++)
        {
            var asked = new SearchRequest { Query = request.Queries[query], Limit = PostsPerIndex };
            index.Newest(asked, room);
            foreach (var hit in room.Hits)
            {
                ref var found = ref matches[(int)hit.Seq - 1];
                if (found is not List<int> list)
                    found = list = [];
                list.Add(query);
            }
        }
    }
}
