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
    private readonly HashSet<int> _matched = [];
    private QueryNode[] _queries = [];
    private IReadOnlyList<int>[] _matches = [];

    /// <param name="about">What the events of the chunk are about.</param>
    /// <param name="entries">These posts, as far as they were wanted and are there.</param>
    /// <param name="past">What those said that are edited or gone: they are found by that.</param>
    public async ValueTask MatchAsync(
        PostEvent[] about, TimelineEntry?[] entries, PastPosts past, StreamIndex index, CancellationToken ct)
    {
        _posts.Clear();
        _places.Clear();
        if (index.Queries.Count == 0)
            return;
        for (var i = 0; i < entries.Length; i++)
        {
            if (!Matcher.IsFoundByWords(about[i]))
                continue;
            if (past.Before(i) is { } before)
                _posts.AddRange(before);
            else if (entries[i] is { } entry)
                _posts.Add(entry.Post);
            while (_places.Count < _posts.Count)
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
        _matched.Clear();
        // Its versions are in a row.
        while (at > 0 && _places[at - 1] == place)
            at--;
        for (; at < _places.Count && _places[at] == place; at++)
            _matched.UnionWith(_matches[at]);
        foreach (var query in _matched)
            index.GatherSearches(_queries[query], found);
    }
}
