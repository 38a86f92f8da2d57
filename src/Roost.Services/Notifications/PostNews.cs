using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;

namespace Roost.Services.Notifications;

/// <summary>
/// The consumer of the post feed: who is told of what was posted, favourited, boosted and edited, and what is taken
/// away
/// again. What an import brings is nobody's news.
/// <code>
///  512 events → who subscribes to their authors → one read of all posts that must be looked into → steps, in order
/// </code>
/// </summary>
/// <remarks>
/// Most posts name nobody, answer nobody and have no subscribers: of these only the event is looked at. A post with a
/// thousand favourites is read once a batch. An edit tells those who boosted or quoted the post, page by page.
/// </remarks>
internal sealed class PostNews(NotificationsPeers peers, Teller teller, FeedCursor cursor)
{
    private const int EventsPerRead = 512;
    private const int BoostsPerRead = 1_000;
    private const int QuotesPerRead = 1_000;

    private readonly List<AccountId> _authors = new(EventsPerRead);
    private readonly List<uint> _seqs = new(EventsPerRead);
    private readonly Dictionary<uint, int> _places = new(EventsPerRead);
    private readonly List<NoticeStep> _steps = [];

    /// <summary>Follows the feed until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        await foreach (var batch in peers.Posts.Feed((uint)cursor.Progress.Done, ct).WithCancellation(ct))
        {
            for (var done = 0; done < batch.Length; done += EventsPerRead)
                await TakeAsync(batch.Slice(done, Math.Min(EventsPerRead, batch.Length - done)), ct);
        }
    }

    private async ValueTask TakeAsync(ReadOnlyMemory<PostEvent> events, CancellationToken ct)
    {
        var call = Call.Until(ct);
        Gather(events.Span);
        var subscribers = _authors.Count == 0 ? [] : await peers.Graph.Subscribers(new GetSubscribers(_authors), call);
        var read = _seqs.Count == 0 ? [] : await peers.Posts.Read(new ReadPosts(_seqs), call);
        _steps.Clear();
        var author = 0;
        for (var i = 0; i < events.Length; i++)
        {
            var one = events.Span[i];
            if (one.IsImported)
                continue;
            switch (one.Kind)
            {
                case PostEventKind.Post:
                    AddPost(one, one.NamesAccounts ? PostAt(one.Ref.Seq, read) : null,
                        IsForSubscribers(one) ? subscribers[author++] : SortedIds.Empty);
                    break;
                case PostEventKind.Favourite when PostAt(one.Target, read) is { } post:
                    Tell(post.Author, NoticeKind.Favourite, one, one.Target);
                    break;
                case PostEventKind.Boost when PostAt(one.Target, read) is { } post:
                    Tell(post.Author, NoticeKind.Boost, one, one.Target);
                    break;
                case PostEventKind.Edit when PostAt(one.Target, read) is { } post:
                    AddNamed(one, post, one.Target);
                    await AddEditAsync(one, call);
                    await AddQuotedEditAsync(one, call);
                    break;
                case PostEventKind.Quote:
                    Tell(one.Ref.Answered, NoticeKind.Quote, one, one.Quoting);
                    break;
                case PostEventKind.Delete:
                    _steps.Add(NoticeStep.Take(one.Target));
                    if (one.Counted != 0)
                        _steps.Add(NoticeStep.Take(one.Counted, one.Target));
                    if (one.Quoting != 0)
                        _steps.Add(NoticeStep.Take(one.Quoting, one.Target));
                    break;
            }
        }
        await teller.TellAsync(cursor, _steps, events.Span[^1].Ref.Seq, ct);

        Post? PostAt(uint seq, ShownPost[] found) => found[_places[seq]].Post;
    }

    private void Gather(ReadOnlySpan<PostEvent> events)
    {
        _authors.Clear();
        _seqs.Clear();
        _places.Clear();
        foreach (ref readonly var one in events)
        {
            if (one.IsImported)
                continue;
            if (IsForSubscribers(one))
                _authors.Add(one.Ref.Author);
            if (one.NamesAccounts)
                Want(one.Ref.Seq);
            else if (one.Kind is PostEventKind.Favourite or PostEventKind.Boost or PostEventKind.Edit)
                Want(one.Target);
        }

        void Want(uint seq)
        {
            if (_places.TryAdd(seq, _seqs.Count))
                _seqs.Add(seq);
        }
    }

    /// <summary>What is news to those who want to hear of every post: not what is said to others.</summary>
    private static bool IsForSubscribers(in PostEvent one) =>
        one.Kind == PostEventKind.Post && !one.AnswersOthers && !IsDirect(one.Visibility);

    private static bool IsDirect(Visibility visibility) =>
        visibility is not (Visibility.Public or Visibility.Unlisted or Visibility.Followers);

    /// <param name="post">Null when it names nobody, or is gone.</param>
    private void AddPost(in PostEvent one, Post? post, SortedIds subscribers)
    {
        if (one.NamesAccounts && post is null)
            return;
        var seq = one.Ref.Seq;
        if (post is not null)
            AddNamed(one, post, seq);
        var answered = one.Ref.Answered;
        if (one.AnswersOthers && !IsDirect(one.Visibility) && post?.Mentions.Contains(answered) is not true)
            Tell(answered, NoticeKind.Mention, one, seq, isForFollowers: one.Visibility == Visibility.Followers);
        foreach (var value in subscribers.ToArray())
        {
            var subscriber = new AccountId(value);
            if (post?.Mentions.Contains(subscriber) is not true)
                Tell(subscriber, NoticeKind.Post, one, seq, isForFollowers: true);
        }
    }

    /// <summary>Those whom a post names; of an edited one who was told already is known by the post.</summary>
    private void AddNamed(in PostEvent one, Post post, uint seq)
    {
        foreach (var named in post.Mentions)
        {
            var isUnasked = IsDirect(post.Visibility) && post.Ref.Answered != named;
            Tell(named, NoticeKind.Mention, one, seq, source: seq, isUnasked: isUnasked);
        }
    }

    private async ValueTask AddEditAsync(PostEvent one, Call call)
    {
        var below = 0u;
        while (true)
        {
            var boosts = await peers.Posts.Boosts(new ListBoosts(one.Target, below, BoostsPerRead), call);
            foreach (var boost in boosts)
                Tell(boost.Author, NoticeKind.Edit, one, one.Target);
            if (boosts.Length < BoostsPerRead)
                return;
            below = boosts[^1].Seq;
        }
    }

    private async ValueTask AddQuotedEditAsync(PostEvent one, Call call)
    {
        var below = 0u;
        while (true)
        {
            var quotes = await peers.Quotes.Quoting(new ListQuoting(one.Target, below, QuotesPerRead), call);
            foreach (var quote in quotes)
                Tell(quote.Author, NoticeKind.QuotedEdit, one, quote.Post);
            if (quotes.Length < QuotesPerRead)
                return;
            below = quotes[^1].Seq;
        }
    }

    /// <param name="source">0: the event's own seq.</param>
    private void Tell(
        AccountId account, NoticeKind kind, in PostEvent one, uint postSeq, uint source = 0,
        bool isForFollowers = false, bool isUnasked = false)
    {
        if (account == one.Ref.Author)
            return;
        _steps.Add(
            new NoticeStep(
                NoticeAction.Tell, account, kind, one.Ref.Author, postSeq, source == 0 ? one.Ref.Seq : source,
                one.Ref.Id.UnixMilliseconds)
            {
                IsForFollowers = isForFollowers,
                IsUnasked = isUnasked,
            });
    }
}
