using System.Runtime.InteropServices;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Engine.Text;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;

namespace Roost.Services.Push;

/// <summary>
/// Finds out which streams events concern, and makes a turn of it:
/// <code>
///  events → what they are about → who follows whom → streams (<see cref="StreamIndex"/>)
///         → the posts, hydrated once for all → rules of each reader (<see cref="Screen"/>) → turn
/// </code>
/// Each step asks a service once for all events of a chunk. Live and replayed events go the same way; a replay has an
/// index with the one stream in it. One thread.
/// </summary>
internal sealed class Matcher(PushPeers peers)
{
    /// <summary>Events in one round of questions.</summary>
    public const int ChunkMax = 256;

    private readonly Screen _screen = new(peers);
    private readonly ConversationMatcher _conversations = new(peers);
    private readonly List<PushStream> _streams = [];
    private readonly List<PushStream> _found = [];
    private readonly List<PushStream> _tagged = [];
    private readonly List<PushStream> _newly = [];
    private readonly List<PushStream> _showing = [];
    private readonly List<int> _ends = [];
    private readonly List<uint> _targets = [];
    private readonly List<AccountId> _asked = [];
    private readonly List<PostRef> _open = [];
    private readonly SearchMatcher _searches = new(peers);
    private readonly PastPosts _past = new(peers);
    private SortedIds _tagReaders;

    /// <summary>Adds to the turn what these events, at most <see cref="ChunkMax"/>, are to whom.</summary>
    /// <param name="notice">The newest notification that has been told of.</param>
    public async ValueTask MatchAsync(
        ReadOnlyMemory<PostEvent> events, long notice, OpenStreams open, PushTurn turn, CancellationToken ct)
    {
        var (index, shown) = open;
        _screen.Begin();
        _tagReaders = await TagReadersAsync(index, ct);
        var about = await AboutAsync(events, ct);
        var audiences = index.AsksFollowers ? await AudiencesAsync(about, ct) : [];
        GatherStreams(about, audiences, index);
        var entries = await HydrateAsync(events, about, open, ct);
        await _past.ReadAsync(events, about, AsksTags(index) || index.AsksMedia || index.Queries.Count > 0, ct);
        await _searches.MatchAsync(about, entries, _past, index, ct);
        for (var i = 0; i < about.Length; i++)
        {
            var kind = KindOf(events.Span[i]);
            if (about[i].Ref.Seq == 0 || (kind != PushedKind.Delete && entries[i] is null))
                continue;
            var found = FoundFor(i);
            var rows = index.RowsOf(about[i]);
            var before = _past.Before(i);
            _newly.Clear();
            if (IsFoundByWords(about[i]) && AsksTags(index))
            {
                if (before is null)
                    await GatherTaggedAsync(entries[i]!.Post.Text, index, found, ct);
                else
                    await GatherTaggedAsync(before, index, found, ct);
                if (kind == PushedKind.Edit)
                    GatherNewlyTagged(entries[i]!.Post.Text, index, found);
            }
            _searches.Gather(i, index, found);
            if (kind == PushedKind.Delete && before is not null)
                index.GatherAddressed(before, found);
            var pushed = new PushedEvent(
                kind, new PushPlace(events.Span[i].Ref.Seq, notice), about[i].Ref.Id, entries[i],
                events.Span[i].CommittedAt);
            if (index.HearsDirect && ConversationMatcher.IsAbout(about[i], kind))
                await _conversations.MatchAsync(entries[i]!.Post, pushed, index, turn, ct);
            if (GatherShowing(about[i], kind, shown))
                rows = LeaveOutShowing(found, rows);
            if (found.Count + rows.Count + _showing.Count + _newly.Count == 0)
                continue;
            var audience = audiences.Length == 0 ? default : audiences[i];
            var screened = new Screened(about[i], entries[i], audience) { Before = before };
            await _screen.ScreenShownAsync(about[i].Ref, entries[i], _showing, turn, ct);
            await TellAsync(pushed, screened, found, rows, turn, ct);
            if (_newly.Count > 0)
                await TellAsync(pushed with { Kind = PushedKind.Update }, screened, _newly, [], turn, ct);
        }
    }

    /// <summary>Adds to the turn what the counters of these posts are now, to the streams whose pages show them.
    /// </summary>
    /// <param name="seqs">At most <see cref="ChunkMax"/>.</param>
    public async ValueTask CountAsync(
        uint[] seqs, PushPlace place, OpenStreams open, PushTurn turn, CancellationToken ct)
    {
        _screen.Begin();
        var posts = await peers.Posts.Records(new GetRecords(seqs), Call.Until(ct));
        _streams.Clear();
        _ends.Clear();
        foreach (ref readonly var post in posts.AsSpan())
        {
            open.Shown.AddTo(_streams, post.Ref.Seq);
            _ends.Add(_streams.Count);
        }
        var entries = await HydrateAsync(posts, posts, open, ct);
        for (var i = 0; i < posts.Length; i++)
        {
            if (entries[i] is not { } entry)
                continue;
            var found = FoundFor(i);
            await _screen.ScreenShownAsync(posts[i].Ref, entry, found, turn, ct);
            turn.Add(new PushedEvent(PushedKind.Counts, place, posts[i].Ref.Id, entry, 0));
            var seq = posts[i].Ref.Seq;
            foreach (var stream in found)
            {
                if (open.Shown.HasVoted(stream.Viewer, seq))
                    turn.To(stream);
            }
            turn.Add(new PushedEvent(PushedKind.Voted, place, posts[i].Ref.Id, null, 0));
        }
    }

    /// <summary>A quote that is taken back, and another rule about who may quote, change the post like an edit.
    /// </summary>
    internal static PushedKind KindOf(in PostEvent one) => one.Kind switch
    {
        PostEventKind.Edit or PostEventKind.QuoteRule => PushedKind.Edit,
        PostEventKind.Delete => one.Quoting == 0 ? PushedKind.Delete : PushedKind.Edit,
        _ => PushedKind.Update,
    };

    /// <summary>Seq of the post or boost that an event changes or takes away, or 0.</summary>
    private static uint ChangedBy(in PostEvent one) => one.Kind switch
    {
        PostEventKind.Edit or PostEventKind.QuoteRule => one.Target,
        PostEventKind.Delete => one.Quoting == 0 ? one.Target : one.Quoting,
        _ => 0,
    };

    /// <summary>Whether it is for those who listen for words: hashtags and searches.</summary>
    internal static bool IsFoundByWords(in PostEvent post) =>
        post is { Visibility: Visibility.Public, Kind: PostEventKind.Post };

    /// <summary>The post or boost that each event is about; <c>default</c> for favourites and their like.</summary>
    private async ValueTask<PostEvent[]> AboutAsync(ReadOnlyMemory<PostEvent> events, CancellationToken ct)
    {
        _targets.Clear();
        foreach (ref readonly var one in events.Span)
        {
            if (ChangedBy(one) is var changed and not 0)
                _targets.Add(changed);
        }
        var targets = _targets.Count == 0
            ? []
            : await peers.Posts.Records(new GetRecords(_targets), Call.Until(ct));
        var about = new PostEvent[events.Length];
        var next = 0;
        for (var i = 0; i < about.Length; i++)
        {
            var one = events.Span[i];
            if (ChangedBy(one) != 0)
                one = targets[next++];
            if (one.Kind is PostEventKind.Post or PostEventKind.Boost)
                about[i] = one;
        }
        return about;
    }

    private async ValueTask TellAsync(
        PushedEvent pushed, Screened screened, List<PushStream> found, IReadOnlyList<StreamRow> rows, PushTurn turn,
        CancellationToken ct)
    {
        await _screen.ScreenAsync(screened, found, rows, turn, ct);
        turn.Add(pushed);
        foreach (var (stream, entry) in _screen.Marked)
        {
            turn.To(stream);
            turn.Add(pushed with { Entry = entry });
        }
    }

    /// <summary>The streams that were gathered for the event at that place of the chunk, until the next is asked for.
    /// </summary>
    private List<PushStream> FoundFor(int place)
    {
        var start = place == 0 ? 0 : _ends[place - 1];
        _found.Clear();
        _found.AddRange(CollectionsMarshal.AsSpan(_streams)[start.._ends[place]]);
        return _found;
    }

    /// <summary>The streams whose pages show what was edited or deleted: they hear of it wherever it stands there, and
    /// whatever they hear of else.</summary>
    /// <returns>Whether there are any.</returns>
    private bool GatherShowing(in PostEvent post, PushedKind kind, ShownPosts shown)
    {
        _showing.Clear();
        if (kind != PushedKind.Update)
            shown.AddTo(_showing, post.Ref.Seq);
        return _showing.Count > 0;
    }

    /// <summary>Leaves those that hear of it anyway out of what was found, which has all rows in it then.</summary>
    /// <returns>The rows that are left: none.</returns>
    private IReadOnlyList<StreamRow> LeaveOutShowing(List<PushStream> found, IReadOnlyList<StreamRow> rows)
    {
        foreach (var row in rows) found.AddRange(row.Streams);
        var showing = _showing.ToHashSet();
        found.RemoveAll(showing.Contains);
        return [];
    }

    private async ValueTask<PushAudience[]> AudiencesAsync(PostEvent[] about, CancellationToken ct)
    {
        _asked.Clear();
        foreach (ref readonly var post in about.AsSpan())
        {
            if (post.Ref.Seq == 0)
                continue;
            _asked.Add(post.Ref.Author);
            if (post.AnswersOthers)
                _asked.Add(post.Ref.Answered);
        }
        var followers = await peers.Graph.FollowersOfMany(
            new GetFollowersOfMany(_asked.ToArray()), Call.Until(ct));
        var audiences = new PushAudience[about.Length];
        var next = 0;
        for (var i = 0; i < audiences.Length; i++)
        {
            if (about[i].Ref.Seq == 0)
                continue;
            var ofAuthor = followers[next++];
            audiences[i] = new PushAudience(ofAuthor, about[i].AnswersOthers ? followers[next++] : SortedIds.Empty);
        }
        return audiences;
    }

    private void GatherStreams(PostEvent[] about, PushAudience[] audiences, StreamIndex index)
    {
        _streams.Clear();
        _ends.Clear();
        for (var i = 0; i < about.Length; i++)
        {
            ref readonly var post = ref about[i];
            if (post.Ref.Seq != 0)
                index.Gather(post, audiences.Length == 0 ? default : audiences[i], _streams);
            _ends.Add(_streams.Count);
        }
    }

    private bool AsksTags(StreamIndex index) => index.AsksTags || _tagReaders.Count > 0;

    /// <summary>Those of the readers who follow hashtags: their home timelines have public posts with these.</summary>
    private async ValueTask<SortedIds> TagReadersAsync(StreamIndex index, CancellationToken ct)
    {
        if (index.Readers.Count == 0)
            return SortedIds.Empty;
        var any = await peers.Tags.Followers(new GetTagFollowers(null), Call.Until(ct));
        return any[0].Count == 0 ? SortedIds.Empty : SortedIds.Intersect(any[0], index.Readers);
    }

    /// <summary>Those that any version of a post was for.</summary>
    private async ValueTask GatherTaggedAsync(
        IReadOnlyList<Post> versions, StreamIndex index, List<PushStream> found, CancellationToken ct)
    {
        var known = found.ToHashSet();
        foreach (var version in versions)
        {
            _tagged.Clear();
            await GatherTaggedAsync(version.Text, index, _tagged, ct);
            found.AddRange(_tagged.Where(known.Add));
        }
    }

    /// <summary>Those of a hashtag that an edit has given to a post: to them it is new.</summary>
    private void GatherNewlyTagged(string text, StreamIndex index, List<PushStream> found)
    {
        index.GatherTagged(TagsOf(text), _newly);
        if (_newly.Count == 0)
            return;
        var known = found.ToHashSet();
        _newly.RemoveAll(known.Contains);
    }

    // Two spellings may fold into one.
    private static List<string> TagsOf(string text) =>
        [.. Hashtags.Of(text).Select(tag => Folding.Fold(tag)).Distinct()];

    private async ValueTask GatherTaggedAsync(
        string text, StreamIndex index, List<PushStream> found, CancellationToken ct)
    {
        var tags = TagsOf(text);
        index.GatherTagged(tags, found);
        if (_tagReaders.Count == 0 || tags.Count == 0)
            return;
        foreach (var followers in await peers.Tags.Followers(new GetTagFollowers(tags), Call.Until(ct)))
            index.GatherReaders(SortedIds.Intersect(followers, _tagReaders), found);
    }

    /// <summary>
    /// The posts that a stream may want, without any reader's marks. A post that is not for everybody is read as its
    /// author sees it; who else may, is looked at one by one.
    /// </summary>
    private async ValueTask<TimelineEntry?[]> HydrateAsync(
        ReadOnlyMemory<PostEvent> events, PostEvent[] about, OpenStreams streams, CancellationToken ct)
    {
        var (index, shown) = streams;
        var entries = new TimelineEntry?[about.Length];
        _open.Clear();
        for (var i = 0; i < about.Length; i++)
        {
            if (!IsWanted(i) || !Screen.IsOpen(about[i].Visibility))
                continue;
            _open.Add(about[i].Ref);
        }
        var open = _open.Count == 0
            ? []
            : await peers.Timelines.Hydrate(new HydratePosts(default, _open), Call.Until(ct));
        var next = 0;
        for (var i = 0; i < about.Length; i++)
        {
            if (!IsWanted(i))
                continue;
            if (Screen.IsOpen(about[i].Visibility))
                entries[i] = open[next++];
            else
                entries[i] = await HydrateForAuthorAsync(about[i].Ref, ct);
        }
        return entries;

        bool IsWanted(int i)
        {
            var kind = KindOf(events.Span[i]);
            if (about[i].Ref.Seq == 0 || kind == PushedKind.Delete)
                return false;
            if (kind == PushedKind.Edit && shown.Has(about[i].Ref.Seq))
                return true;
            var asksWords = AsksTags(index) || index.Queries.Count > 0;
            return _ends[i] > (i == 0 ? 0 : _ends[i - 1]) || index.RowsOf(about[i]).Count > 0
                || (asksWords && IsFoundByWords(about[i]))
                || (index.HearsDirect && ConversationMatcher.IsAbout(about[i], kind));
        }
    }

    private async ValueTask<TimelineEntry?> HydrateForAuthorAsync(PostRef post, CancellationToken ct)
    {
        var entries = await peers.Timelines.Hydrate(
            new HydratePosts(post.Author, [post], ByName: true), Call.Until(ct));
        return entries[0] is not { } entry ? null
            : Unmarked(entry) with { Boosted = entry.Boosted is { } boosted ? Unmarked(boosted) : null };
    }

    /// <summary>Without what its author has made of it.</summary>
    private static TimelineEntry Unmarked(TimelineEntry entry) => entry with
    {
        Stats = new PostStats(entry.Stats.Replies, entry.Stats.Boosts, entry.Stats.Favourites, false, false)
        {
            Poll = entry.Stats.Poll is { } poll ? poll with { Own = 0 } : null,
            Quoting = entry.Stats.Quoting,
        },
    };
}
