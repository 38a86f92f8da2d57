using System.Collections.Concurrent;
using Roost.Engine.Ids;

namespace Roost.Services.Graph;

/// <summary>
/// The <see cref="Ties"/> of every account that has any, and how events change them. The database's writer is the one
/// that changes; readers on any thread, without locks.
/// </summary>
/// <remarks>Who finds a mute that has ended swaps in ties without it, if nobody was faster. The writer may undo that,
/// for it does not look; then the next reader does it again.</remarks>
internal sealed class TiesTable(TimeProvider time)
{
    private readonly ConcurrentDictionary<int, Ties> _ties = new();
    private int _accountsEnd;

    /// <summary>Above every account that has ever had any.</summary>
    public int AccountsEnd => Volatile.Read(ref _accountsEnd);

    public TagFollowers TagFollowers { get; } = new();

    /// <summary>What the account is to others now.</summary>
    public Ties Of(AccountId account)
    {
        if (!_ties.TryGetValue(account.Value, out var ties))
            return Ties.None;
        if (ties.NextMuteEnd == DateTimeOffset.MaxValue)
            return ties;
        var now = ties.At(time.GetUtcNow());
        if (ReferenceEquals(now, ties))
            return ties;
        now = now.For(account);
        _ties.TryUpdate(account.Value, now, ties);
        return now;
    }

    /// <summary>Takes in events that are committed. The writer only.</summary>
    public void Apply(IReadOnlyList<GraphChange> changes)
    {
        foreach (var change in changes)
            Apply(change, (account, changed) => Settle(account, Raw(account), changed(Raw(account))));
    }

    /// <summary>Takes in what is there at start, before there are readers.</summary>
    public void Load(IEnumerable<GraphChange> changes)
    {
        foreach (var change in changes)
            Apply(change, (account, changed) => _ties[account] = changed(Raw(account)));
        foreach (var (account, ties) in _ties)
            Settle(account, Ties.None, ties);
    }

    private static void Apply(in GraphChange change, Action<int, Func<Ties, Ties>> changeTies)
    {
        var (a, b, detail) = ((int)change.A, (int)change.B, change.Detail);
        var (idOfA, idOfB) = (new AccountId(a), new AccountId(b));
        switch (change.Kind)
        {
            case GraphEventKind.Unfollowed:
                changeTies(a, ties => ties.WithTerms(b, FollowTerms.Usual));
                changeTies(b, ties => ties with { Subscribers = ties.Subscribers.Without(idOfA) });
                break;
            case GraphEventKind.Blocked:
                changeTies(a, ties => ties with { Blocking = ties.Blocking.With(idOfB) });
                changeTies(b, ties => ties with { BlockedBy = ties.BlockedBy.With(idOfA) });
                break;
            case GraphEventKind.Unblocked:
                changeTies(a, ties => ties with { Blocking = ties.Blocking.Without(idOfB) });
                changeTies(b, ties => ties with { BlockedBy = ties.BlockedBy.Without(idOfA) });
                break;
            case GraphEventKind.Muted:
                changeTies(a, ties => ties.WithMute(b, (MuteTerms)detail!));
                break;
            case GraphEventKind.Unmuted:
                changeTies(a, ties => ties.WithoutMute(b));
                break;
            case GraphEventKind.TermsChanged:
                changeTies(a, ties => ties.WithTerms(b, (FollowTerms)detail!));
                changeTies(b, ties => ties with
                {
                    Subscribers = ((FollowTerms)detail!).Notify
                        ? ties.Subscribers.With(idOfA)
                        : ties.Subscribers.Without(idOfA),
                });
                break;
            case GraphEventKind.Requested:
                changeTies(a, ties => ties with { Requested = ties.Requested.With(idOfB) });
                changeTies(b, ties => ties with { RequestedBy = ties.RequestedBy.With(idOfA) });
                break;
            case GraphEventKind.RequestEnded:
                changeTies(a, ties => ties with { Requested = ties.Requested.Without(idOfB) });
                changeTies(b, ties => ties with { RequestedBy = ties.RequestedBy.Without(idOfA) });
                break;
            case GraphEventKind.NoteChanged:
                changeTies(a, ties => ties with
                {
                    Noted = detail is true ? ties.Noted.With(idOfB) : ties.Noted.Without(idOfB),
                });
                break;
            case GraphEventKind.Endorsed:
                changeTies(a, ties => ties with { Endorsed = ties.Endorsed.With(idOfB) });
                break;
            case GraphEventKind.Unendorsed:
                changeTies(a, ties => ties with { Endorsed = ties.Endorsed.Without(idOfB) });
                break;
            case GraphEventKind.SuggestionDismissed:
                changeTies(a, ties => ties with { Dismissed = ties.Dismissed.With(idOfB) });
                break;
            case GraphEventKind.TagFollowed:
                changeTies(a, ties => ties.WithTags(followed => With(followed, (TagTie)detail!), featured => featured));
                break;
            case GraphEventKind.TagUnfollowed:
                changeTies(a, ties => ties.WithTags(followed => Without(followed, b), featured => featured));
                break;
            case GraphEventKind.TagFeatured:
                changeTies(a, ties => ties.WithTags(followed => followed, featured => With(featured, (TagTie)detail!)));
                break;
            case GraphEventKind.TagUnfeatured:
                changeTies(a, ties => ties.WithTags(followed => followed, featured => Without(featured, b)));
                break;
            default:
                ApplyToList(change, changeTies);
                break;
        }
    }

    private static void ApplyToList(in GraphChange change, Action<int, Func<Ties, Ties>> changeTies)
    {
        var (kind, a, b, detail) = change;
        switch (kind)
        {
            case GraphEventKind.ListMade or GraphEventKind.ListChanged:
                changeTies((int)a, ties => ties.WithList((AccountList)detail!));
                break;
            case GraphEventKind.ListEnded:
                changeTies((int)a, ties => ties with { Lists = ties.Lists.RemoveAll(list => list.Id == b) });
                break;
            case GraphEventKind.ListJoined or GraphEventKind.ListLeft:
                changeTies(
                    (int)detail!,
                    ties => ties.WithMember(a, new AccountId((int)b), kind == GraphEventKind.ListJoined));
                break;
        }
    }

    /// <summary>Of a replica's events the first may be there already.</summary>
    private static List<TagTie> With(IReadOnlyList<TagTie> ties, TagTie tie) => [.. Without(ties, tie.Id), tie];

    private static List<TagTie> Without(IReadOnlyList<TagTie> ties, long id) => [.. ties.Where(tie => tie.Id != id)];

    private Ties Raw(int account) => _ties.GetValueOrDefault(account, Ties.None);

    private void Settle(int account, Ties before, Ties ties)
    {
        if (account >= _accountsEnd)
            Volatile.Write(ref _accountsEnd, account + 1);
        TagFollowers.Change(new AccountId(account), before.Tags.Followed, ties.Tags.Followed);
        if (ties.IsEmpty)
            _ties.TryRemove(account, out _);
        else
            _ties[account] = ties.For(new AccountId(account));
    }
}
