using System.Runtime.InteropServices;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;

namespace Roost.Services.Push;

/// <summary>What is to be shown, or not.</summary>
/// <param name="Record">The post or boost as the feed has it.</param>
/// <param name="Entry">Null when it is gone, and only its id is told.</param>
internal readonly record struct Screened(PostEvent Record, TimelineEntry? Entry, PushAudience Audience)
{
    /// <summary>As <see cref="PastPosts.Before"/> tells it.</summary>
    public IReadOnlyList<Post>? Before { get; init; }

    /// <summary>Whether streams of media have been told of it, or are to be now.</summary>
    public bool HasMedia => Before is null
        ? Entry is { Post.Media.Count: > 0 }
        : Before.Any(version => version.Media.Count > 0);
}

/// <summary>
/// Keeps from each reader what a page would not show: by the very rules of pages (<see cref="Viewing"/>), as they are
/// now, and by the Posts service's word on who may see a post that is not for everybody. One thread.
/// </summary>
internal sealed class Screen(PushPeers peers)
{
    // Whose rules and filters were asked for last, and these: they may be good for many posts in a row.
    private readonly List<PushStream> _asked = [];
    private readonly AskedReaders _readers = new(peers);

    // Of the rows, too, and which of them have been asked for: once is enough for many posts.
    private readonly Dictionary<StreamRow, AskedReaders> _ofRows = [];
    private readonly HashSet<StreamRow> _askedRows = [];

    private readonly List<(PushStream Stream, TimelineEntry Entry)> _marked = [];

    /// <summary>Of the last post: those whose filters it matches, to be shown with what matched.</summary>
    public IReadOnlyList<(PushStream Stream, TimelineEntry Entry)> Marked => _marked;

    public static bool IsOpen(Visibility visibility) => visibility is Visibility.Public or Visibility.Unlisted;

    /// <summary>Begins with events that are durable: what readers have told before these is heeded from here on, and
    /// who has come or gone since is known.</summary>
    public void Begin()
    {
        _asked.Clear();
        _askedRows.Clear();
    }

    /// <summary>Tells the turn those of the streams whose readers may be shown it.</summary>
    /// <param name="rows">Besides those that were found; with none of these in them.</param>
    public async ValueTask ScreenAsync(
        Screened post, List<PushStream> found, IReadOnlyList<StreamRow> rows, PushTurn turn, CancellationToken ct)
    {
        _marked.Clear();
        var isForAll = post.Entry is not { } entry
            || (IsOpen(entry.Post.Visibility) && (entry.Boosted is null || IsOpen(entry.Boosted.Post.Visibility)));
        // Who is silenced is not for all in public.
        var isPlain = isForAll && post.Entry is { Author.Account.IsSilenced: false };
        await AskAsync(found, ct);
        if (isPlain && _readers.TakeAll)
            turn.ToAll(found);
        else
            await ScreenEachAsync(post, new(isForAll, isPlain), found, _readers, turn, ct);
        foreach (var row in rows)
        {
            var readers = await ReadersOfAsync(row, ct);
            if (isPlain && readers.TakeAll)
                turn.ToAll(row);
            else
                await ScreenEachAsync(post, new(isForAll, isPlain), row.Streams, readers, turn, ct);
        }
    }

    /// <param name="found">None of them changes meanwhile.</param>
    private async ValueTask ScreenEachAsync(
        Screened post, Openness openness, List<PushStream> found, AskedReaders readers, PushTurn turn,
        CancellationToken ct)
    {
        var hasMedia = post.HasMedia;
        var isFindable = post.Entry is not null || await IsFindableAsync(post, found, ct);
        for (var i = 0; i < found.Count; i++)
        {
            var stream = found[i];
            if (openness.IsPlain && readers.TakesAll(i, stream))
            {
                turn.To(stream);
                continue;
            }
            if (!hasMedia && AsksMedia(stream.Topic.Kind))
                continue;
            var rules = readers.RulesOf(i);
            if (post.Entry is null ? HidesDeletion(stream, post, rules, isFindable) : IsNotFor(stream, post.Entry))
                continue;
            var shown = post.Entry is null ? null : Show(stream, post.Entry, rules, readers.FiltersOf(i));
            if (shown is null && post.Entry is not null)
                continue;
            if (stream.Topic.Kind == StreamKind.List && !await IsOnListAsync(stream, post, ct))
                continue;
            if (!openness.IsForAll)
            {
                if (await SeenAsync(stream.Viewer, post.Record.Ref, ct) is not { } seen)
                    continue;
                shown = shown is null ? null : WithoutUnseen(shown, seen);
            }
            if (ReferenceEquals(shown, post.Entry))
                turn.To(stream);
            else
                _marked.Add((stream, shown!));
        }
    }

    /// <summary>Tells the turn those of the streams whose readers may see a post that their pages show already; where
    /// it is gone, all of them.</summary>
    public async ValueTask ScreenShownAsync(
        PostRef post, TimelineEntry? entry, List<PushStream> found, PushTurn turn, CancellationToken ct)
    {
        if (found.Count == 0)
            return;
        await AskAsync(found, ct);
        for (var i = 0; i < found.Count; i++)
        {
            if (entry is null)
            {
                turn.To(found[i]);
                continue;
            }
            if (new Viewing(found[i].Viewer, Place.Named, _readers.RulesOf(i)).Show(entry) is null)
                continue;
            if (IsOpen(entry.Post.Visibility) || await SeenAsync(found[i].Viewer, post, ct) is not null)
                turn.To(found[i]);
        }
    }

    /// <summary>What holds for each of these readers, unless they are those that were asked for last.</summary>
    private async ValueTask AskAsync(List<PushStream> found, CancellationToken ct)
    {
        if (_asked.Count > 0 && CollectionsMarshal.AsSpan(_asked).SequenceEqual(CollectionsMarshal.AsSpan(found)))
            return;
        _asked.Clear();
        await _readers.AskAsync(found, ct);
        // Last, so that a failure above leaves nothing half asked.
        _asked.AddRange(found);
    }

    private async ValueTask<AskedReaders> ReadersOfAsync(StreamRow row, CancellationToken ct)
    {
        if (!_ofRows.TryGetValue(row, out var readers))
            _ofRows[row] = readers = new AskedReaders(peers);
        if (_askedRows.Contains(row))
            return readers;
        await readers.AskAsync(row.Streams, ct);
        _askedRows.Add(row);
        return readers;
    }

    /// <summary>The entry as a page would show it there: the same, or with the filters that it matches, or null.
    /// </summary>
    private static TimelineEntry? Show(
        PushStream stream, TimelineEntry entry, ViewerRules? rules, ViewerFilters? filters)
    {
        var (place, context) = PlaceOf(stream.Topic.Kind);
        var viewing = new Viewing(stream.Viewer, place, rules);
        if (filters is not null && (filters.Contexts & context) != 0)
            viewing = viewing with { Filters = filters, Context = context };
        return viewing.Show(entry);
    }

    private static bool HidesDeletion(PushStream stream, in Screened post, ViewerRules? rules, bool isFindable)
    {
        var author = post.Record.Ref.Author;
        return author != stream.Viewer
            && (rules?.Avoids(author) is true || !MayHaveSeen(stream.Viewer, post)
                || (!isFindable && stream.Topic.Kind == StreamKind.Search && !IsAddressed(stream.Viewer, post)));
    }

    /// <summary>Whether searches may have found a deleted post that is not addressed to who searches.</summary>
    private async ValueTask<bool> IsFindableAsync(Screened post, List<PushStream> found, CancellationToken ct)
    {
        if (!found.Exists(stream => stream.Topic.Kind == StreamKind.Search))
            return true;
        var authors = await peers.Timelines.Accounts(
            new HydrateAccounts([post.Record.Ref.Author]), Call.Until(ct));
        return authors[0] is { Account.Profile.Indexable: true };
    }

    /// <summary>What searches leave out.</summary>
    private static bool IsNotFor(PushStream stream, TimelineEntry entry) =>
        stream.Topic.Kind == StreamKind.Search && !entry.IsFindableBy(stream.Viewer);

    internal static bool AsksMedia(StreamKind kind) =>
        kind is StreamKind.PublicMedia or StreamKind.PublicLocalMedia or StreamKind.PublicRemoteMedia;

    /// <summary>Whether a deleted post was for the viewer, as far as is known of it.</summary>
    private static bool MayHaveSeen(AccountId viewer, in Screened post)
    {
        var visibility = post.Record.Visibility;
        return IsOpen(visibility)
            || (visibility == Visibility.Followers && post.Audience.OfAuthor.Contains(viewer))
            || IsAddressed(viewer, post);
    }

    private static bool IsAddressed(AccountId viewer, in Screened post) =>
        post.Before?.Any(version => PastPosts.Addressed(version).Contains(viewer)) is true;

    private static (Place Place, FilterContexts Context) PlaceOf(StreamKind kind) => kind switch
    {
        StreamKind.User => (Place.Home, FilterContexts.Home),
        StreamKind.List => (Place.List, FilterContexts.Home),
        StreamKind.Account => (Place.Account, FilterContexts.Account),
        StreamKind.Thread => (Place.Thread, FilterContexts.Thread),
        // As the pages of hashtags and searches.
        StreamKind.Hashtag or StreamKind.HashtagLocal or StreamKind.Search => (Place.Thread, FilterContexts.Public),
        _ => (Place.Public, FilterContexts.Public),
    };

    /// <summary>As the list's timeline: its members' posts and boosts, and of answers to others those that it shows,
    /// and those to its owner.</summary>
    private async ValueTask<bool> IsOnListAsync(PushStream stream, Screened post, CancellationToken ct)
    {
        var owner = stream.Viewer;
        var list = await peers.Lists.Get(new GetList(owner, stream.Topic.Subject), Call.Until(ct));
        var record = post.Record;
        if (list is null || !list.Members.Contains(record.Ref.Author))
            return false;
        return !record.AnswersOthers || record.Ref.Answered == owner || list.Replies switch
        {
            ListReplies.ToMembers => list.Members.Contains(record.Ref.Answered),
            ListReplies.ToFollowed => post.Audience.OfAnswered.Contains(owner),
            _ => false,
        };
    }

    private async ValueTask<ShownPost?> SeenAsync(AccountId viewer, PostRef post, CancellationToken ct)
    {
        var shown = await peers.Posts.Show(new ShowPosts(viewer, [post]), Call.Until(ct));
        return shown[0].Post is { } seen && (!seen.IsBoost || shown[0].Boosted is not null) ? shown[0] : null;
    }

    /// <summary>Whoever a post for followers names may not be one, and so not see what it quotes.</summary>
    private static TimelineEntry WithoutUnseen(TimelineEntry entry, in ShownPost seen) =>
        entry.Quoted is null || seen.Quoted is not null
            ? entry
            : entry with { Stats = entry.Stats.WithQuote(QuoteState.Unauthorized), Quoted = null };

    /// <param name="IsForAll">Whether nobody has to be asked who may see it.</param>
    /// <param name="IsPlain">Whether everybody is shown it who has no rule or filter about it.</param>
    private readonly record struct Openness(bool IsForAll, bool IsPlain);
}
