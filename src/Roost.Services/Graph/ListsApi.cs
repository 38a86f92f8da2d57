using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Graph;

/// <summary>What the Graph service can be asked about lists: timelines of some of those whom an account follows.
/// Nobody but their owner knows of them.</summary>
public sealed record ListsApi(
    Service<GetLists, AccountList[]> All,
    Service<GetList, AccountList?> Get,
    Service<MakeList, AccountList> Make,
    Service<ChangeList, AccountList?> Change,
    Service<EndList, bool> End,
    Service<ChangeMembers, bool> Members);

/// <summary>Which replies to others a list shows, beside those to its owner.</summary>
public enum ListReplies
{
    /// <summary>Replies to members of the list.</summary>
    ToMembers = 0,
    /// <summary>Replies to anybody whom the owner follows.</summary>
    ToFollowed = 1,
    None = 2,
}

/// <param name="IsExclusive">Whether its members' posts are not on the home timeline.</param>
/// <param name="Members">Always followed by the owner: an unfollow ends the membership.</param>
public sealed record AccountList(
    long Id, AccountId Owner, string Title, ListReplies Replies, bool IsExclusive, SortedIds Members);

/// <summary>The reply has the account's lists, oldest first.</summary>
/// <param name="With">Only those with this member; nobody for all.</param>
public sealed record GetLists(AccountId Owner, AccountId With = default);

/// <summary>The reply is null when the account has no such list.</summary>
public sealed record GetList(AccountId Owner, long Id);

/// <param name="Title">1 to 256 characters after trimming.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: no title, too long a title, or too many
/// lists.</exception>
public sealed record MakeList(
    AccountId Owner, string Title, ListReplies Replies = ListReplies.ToMembers, bool IsExclusive = false);

/// <summary>Changes what is not null. The reply is null when the account has no such list.</summary>
public sealed record ChangeList(AccountId Owner, long Id, string? Title, ListReplies? Replies, bool? IsExclusive);

/// <summary>The reply is false when the account has no such list.</summary>
public sealed record EndList(AccountId Owner, long Id);

/// <summary>Puts accounts on a list, or takes them off: all or none. The reply is false when the account has no such
/// list.</summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.NotFound"/>: one to be put on is not followed.
/// <see cref="ErrorCode.Invalid"/>: one is on the list already.</exception>
public sealed record ChangeMembers(AccountId Owner, long Id, IReadOnlyList<AccountId> Members, bool IsAdded);
