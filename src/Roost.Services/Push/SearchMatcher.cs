using Roost.Engine.Search.Queries;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Services.Timelines;

namespace Roost.Services.Push;

/// <summary>Finds the searches that posts of a chunk match: Search is asked once for all of them. One thread.</summary>
internal sealed class SearchMatcher(PushPeers peers)
{
    private readonly List<Post> _posts = [];
    private readonly List<int> _places = [];
    private QueryNode[] _queries = [];
    private IReadOnlyList<int>[] _matches = [];

    /// <param name="about">What the events of the chunk are about.</param>
    /// <param name="entries">These posts, as far as they were wanted and are there.</param>
    public async ValueTask MatchAsync(
        PostEvent[] about, TimelineEntry?[] entries, StreamIndex index, CancellationToken ct)
    {
        _posts.Clear();
        _places.Clear();
        if (index.Queries.Count == 0)
            return;
        for (var i = 0; i < entries.Length; i++)
        {
            if (!Matcher.IsFoundByWords(about[i]) || entries[i] is not { } entry)
                continue;
            _posts.Add(entry.Post);
            _places.Add(i);
        }
        if (_posts.Count == 0)
            return;
        _queries = [.. index.Queries];
        _matches = await peers.Search.Matching(new MatchPosts(_queries, _posts), Call.Until(ct));
    }

    /// <summary>Adds the streams that the post at a place of the chunk is for.</summary>
    public void Gather(int place, StreamIndex index, List<PushStream> found)
    {
        var at = _places.BinarySearch(place);
        if (at < 0)
            return;
        foreach (var query in _matches[at])
            index.GatherSearches(_queries[query], found);
    }
}
