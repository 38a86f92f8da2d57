using Roost.Engine.Ids;
using Roost.Services.Posts;

namespace Roost.Services.Push;

/// <summary>
/// Which posts the pages of open streams show, and which of these were answered, boosted, favourited or voted in since
/// that was last told: however often that happens, it is told once for all of it. One thread.
/// </summary>
/// <remarks>A post has a chain of its streams, so that one less is taken out without looking, as many as there are.
/// </remarks>
internal sealed class ShownPosts
{
    private readonly Dictionary<uint, PostOnPage> _first = [];
    private readonly HashSet<uint> _changed = [];
    private readonly Dictionary<uint, HashSet<AccountId>> _voters = [];

    /// <summary>Seqs of the posts whose counters have changed.</summary>
    public IReadOnlyCollection<uint> Changed => _changed;

    public void Add(PushStream stream)
    {
        foreach (var shown in stream.Shown)
        {
            shown.Next = _first.GetValueOrDefault(shown.Seq);
            if (shown.Next is { } next)
                next.Previous = shown;
            _first[shown.Seq] = shown;
        }
    }

    public void Remove(PushStream stream)
    {
        foreach (var shown in stream.Shown)
        {
            if (shown.Next is { } next)
                next.Previous = shown.Previous;
            if (shown.Previous is { } previous)
                previous.Next = shown.Next;
            else if (shown.Next is { } second)
                _first[shown.Seq] = second;
            else
                _first.Remove(shown.Seq);
            (shown.Next, shown.Previous) = (null, null);
        }
    }

    /// <summary>Takes note of the posts that these events count for.</summary>
    public void Take(ReadOnlySpan<PostEvent> events)
    {
        if (_first.Count == 0)
            return;
        foreach (ref readonly var one in events)
        {
            if (one.Counted != 0 && _first.ContainsKey(one.Counted))
                _changed.Add(one.Counted);
            if (one.VotedIn != 0 && _first.ContainsKey(one.VotedIn))
                Take(one.VotedIn, one.Ref.Author);
        }
    }

    /// <summary>Whether an account has voted in that post's poll since that was last told.</summary>
    public bool HasVoted(AccountId account, uint seq) =>
        _voters.TryGetValue(seq, out var voters) && voters.Contains(account);

    public bool Has(uint seq) => _first.ContainsKey(seq);

    /// <summary>Adds the streams whose pages show a post.</summary>
    public void AddTo(List<PushStream> found, uint seq)
    {
        for (var shown = _first.GetValueOrDefault(seq); shown is not null; shown = shown.Next)
            found.Add(shown.Stream);
    }

    /// <summary>These have been told.</summary>
    public void Told(IEnumerable<uint> seqs)
    {
        foreach (var seq in seqs)
        {
            _changed.Remove(seq);
            _voters.Remove(seq);
        }
    }

    private void Take(uint seq, AccountId voter)
    {
        _changed.Add(seq);
        if (!_voters.TryGetValue(seq, out var voters))
            _voters[seq] = voters = [];
        voters.Add(voter);
    }
}

/// <summary>The streams that are open, by what they wait for and by what their pages show already.</summary>
internal sealed record OpenStreams(StreamIndex Index, ShownPosts Shown)
{
    public OpenStreams()
        : this(new StreamIndex(), new ShownPosts())
    {
    }

    /// <param name="thread">As <see cref="StreamIndex.Add"/> takes it.</param>
    public void Add(PushStream stream, ThreadPosts? thread)
    {
        Index.Add(stream, thread);
        Shown.Add(stream);
    }

    public void Remove(PushStream stream)
    {
        Index.Remove(stream);
        Shown.Remove(stream);
    }
}

/// <summary>That the page of a stream shows a post: a link in the chain of that post's.</summary>
internal sealed class PostOnPage(PushStream stream, uint seq)
{
    public PushStream Stream { get; } = stream;

    public uint Seq { get; } = seq;

    public PostOnPage? Next { get; set; }

    public PostOnPage? Previous { get; set; }
}
