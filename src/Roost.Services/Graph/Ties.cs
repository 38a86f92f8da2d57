using System.Collections.Immutable;
using Roost.Engine.Graph;
using Roost.Engine.Ids;

namespace Roost.Services.Graph;

/// <summary>
/// All that one account is to others beside follows, in memory: immutable, a change makes a new one. Most accounts have
/// none. Memory: some 200 bytes, then 4 bytes a block or request and some 80 a mute, other terms, or list.
/// </summary>
internal sealed record Ties
{
    public static readonly Ties None = new();

    public SortedIds Blocking { get; init; }
    public SortedIds BlockedBy { get; init; }
    public SortedIds Requested { get; init; }
    public SortedIds RequestedBy { get; init; }
    public SortedIds Endorsed { get; init; }
    public SortedIds WithoutBoosts { get; init; }
    public SortedIds InSomeLanguages { get; init; }

    /// <summary>Who wants to be notified of every post of the account's.</summary>
    public SortedIds Subscribers { get; init; }

    /// <summary>Those in <see cref="Mutes"/>.</summary>
    public SortedIds Muted { get; init; }

    public ImmutableDictionary<int, MuteTerms> Mutes { get; init; } = ImmutableDictionary<int, MuteTerms>.Empty;

    /// <summary>Of follows and requests on other than the usual terms.</summary>
    public ImmutableDictionary<int, FollowTerms> Terms { get; init; } = ImmutableDictionary<int, FollowTerms>.Empty;

    /// <summary>Oldest first.</summary>
    public ImmutableList<AccountList> Lists { get; init; } = [];

    public TagTies Tags { get; init; } = TagTies.None;

    /// <summary>Those that are followed, folded; null for none.</summary>
    public IReadOnlyList<string>? TagKeys { get; private init; }

    /// <summary>Who is not to be suggested any more.</summary>
    public SortedIds Dismissed { get; init; }

    /// <summary>About whom there is a note; the notes are in SQL.</summary>
    public SortedIds Noted { get; init; }

    /// <summary>When the first of the mutes ends by itself.</summary>
    public DateTimeOffset NextMuteEnd { get; private init; } = DateTimeOffset.MaxValue;

    /// <summary>What of all this timelines must heed; null for nothing.</summary>
    public ViewerRules? Rules { get; private init; }

    public bool IsEmpty =>
        Blocking.Count + BlockedBy.Count + Requested.Count + RequestedBy.Count + Endorsed.Count + Noted.Count
            + Mutes.Count + Terms.Count + Lists.Count + Tags.Followed.Count + Tags.Featured.Count
            + Dismissed.Count + Subscribers.Count == 0;

    public Ties WithMute(int target, MuteTerms terms) => this with
    {
        Mutes = Mutes.SetItem(target, terms),
        Muted = Muted.With(new AccountId(target)),
        NextMuteEnd = terms.Until < NextMuteEnd ? terms.Until.Value : NextMuteEnd,
    };

    public Ties WithoutMute(int target) => this with
    {
        Mutes = Mutes.Remove(target),
        Muted = Muted.Without(new AccountId(target)),
    };

    public Ties WithTerms(int target, FollowTerms terms)
    {
        var id = new AccountId(target);
        return this with
        {
            Terms = terms == FollowTerms.Usual ? Terms.Remove(target) : Terms.SetItem(target, terms),
            WithoutBoosts = terms.Boosts ? WithoutBoosts.Without(id) : WithoutBoosts.With(id),
            InSomeLanguages = terms.Languages.Length == 0 ? InSomeLanguages.Without(id) : InSomeLanguages.With(id),
        };
    }

    /// <summary>With a list that is new or has changed, apart from its members.</summary>
    public Ties WithList(AccountList list)
    {
        var place = PlaceOf(list.Id);
        return this with
        {
            Lists = place < 0
                ? Lists.Add(list)
                : Lists.SetItem(place, list with { Members = Lists[place].Members }),
        };
    }

    public Ties WithMember(long listId, AccountId member, bool isAdded)
    {
        var place = PlaceOf(listId);
        if (place < 0)
            return this;
        var list = Lists[place];
        var members = isAdded ? list.Members.With(member) : list.Members.Without(member);
        return this with { Lists = Lists.SetItem(place, list with { Members = members }) };
    }

    public Ties WithTags(
        Func<IReadOnlyList<TagTie>, IReadOnlyList<TagTie>> followed,
        Func<IReadOnlyList<TagTie>, IReadOnlyList<TagTie>> featured) =>
        this with { Tags = new TagTies(followed(Tags.Followed), featured(Tags.Featured)) };

    /// <summary>The same without mutes that have ended by now.</summary>
    public Ties At(DateTimeOffset now)
    {
        if (now < NextMuteEnd)
            return this;
        var (left, next) = (this, DateTimeOffset.MaxValue);
        foreach (var (target, terms) in Mutes)
        {
            if (terms.Until <= now)
                left = left.WithoutMute(target);
            else if (terms.Until < next)
                next = terms.Until.Value;
        }
        return left with { NextMuteEnd = next };
    }

    /// <summary>What the account has done, as the events that would have made it; the other side of each is another's
    /// ties.</summary>
    public IEnumerable<GraphStep> Steps(int account)
    {
        if (IsEmpty)
            return [];
        return
        [
            .. Pairs(GraphEventKind.Blocked, Blocking),
            .. Pairs(GraphEventKind.Requested, Requested),
            .. Pairs(GraphEventKind.Endorsed, Endorsed),
            .. Pairs(GraphEventKind.SuggestionDismissed, Dismissed),
            .. Pairs(GraphEventKind.NoteChanged, Noted, new StepDetail { HasNote = true }),
            .. Mutes.Select(mute => Step(GraphEventKind.Muted, mute.Key, new StepDetail { Mute = mute.Value })),
            .. Terms.Select(one => Step(GraphEventKind.TermsChanged, one.Key, new StepDetail { Terms = one.Value })),
            .. Lists.Select(list => Step(GraphEventKind.ListMade, list.Id, new StepDetail { List = list })),
            .. Tags.Followed.Select(tie => Step(GraphEventKind.TagFollowed, tie.Id, new StepDetail { Tag = tie })),
            .. Tags.Featured.Select(tie => Step(GraphEventKind.TagFeatured, tie.Id, new StepDetail { Tag = tie })),
        ];

        GraphStep Step(GraphEventKind kind, long other, StepDetail detail) => new(kind, account, other, detail);

        IEnumerable<GraphStep> Pairs(GraphEventKind kind, SortedIds others, StepDetail? detail = null) =>
            others.ToArray().Select(other => new GraphStep(kind, account, other, detail));
    }

    /// <summary>The same with its rules worked out, for readers.</summary>
    public Ties For(AccountId viewer)
    {
        var exclusive = SortedIds.Empty;
        foreach (var list in Lists)
        {
            if (list.IsExclusive)
                exclusive = exclusive.Count == 0 ? list.Members : Union(exclusive, list.Members);
        }
        var isFree = Blocking.Count + BlockedBy.Count + Muted.Count + WithoutBoosts.Count + InSomeLanguages.Count
            + exclusive.Count == 0;
        return this with
        {
            TagKeys = Tags.Followed.Count == 0 ? null : [.. Tags.Followed.Select(tie => tie.Key)],
            Rules = isFree ? null : new ViewerRules(
                viewer, Blocking, BlockedBy, Muted, WithoutBoosts, InSomeLanguages, exclusive, Terms),
        };
    }

    private int PlaceOf(long listId) => Lists.FindIndex(list => list.Id == listId);

    private static SortedIds Union(SortedIds a, SortedIds b) =>
        SortedIds.FromUnsorted([.. a.ToArray(), .. b.ToArray()]);
}
