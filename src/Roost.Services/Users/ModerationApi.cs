using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Users;

/// <summary>
/// What those who look after a community ask of the Users service. Who may ask is for the asker to judge: nothing here
/// looks at roles.
/// </summary>
public sealed record ModerationApi(
    Service<ListAccounts, IReadOnlyList<AccountRecord>> List,
    Service<ListJoined, IReadOnlyList<Account>> Joined,
    Service<LookAtAccounts, AccountRecord?[]> Look,
    Service<LookUpAccount, AccountRecord?> LookUp,
    Service<ChangeStanding, Account?> Change,
    Service<ChangeEmail, bool> ChangeEmail,
    Service<EraseAccount, bool> Erase,
    Service<ListSessions, IReadOnlyList<SignedIn>> Sessions,
    Service<EndSession, bool> EndSession);

/// <summary>An account with what only those who look after it may know. Hidden accounts too.</summary>
/// <param name="Email">Null for an imported account that nobody has taken.</param>
/// <param name="Reason">Why they want to join, as they wrote it; or null.</param>
/// <param name="Ip">Where they joined from; null when nobody knows.</param>
/// <param name="AppId">The app that they joined with; 0 for our own pages.</param>
/// <param name="Addresses">Where it is signed in from, the newest first.</param>
public sealed record AccountRecord(
    Account Account, string? Email, string? Reason, string? Ip, string? Locale, long AppId,
    IReadOnlyList<(string Ip, DateTimeOffset At)> Addresses);

/// <summary>Accounts that fit all that is given, newest first.</summary>
/// <param name="Standings">Null for every one.</param>
/// <param name="RoleMin">Only those with this role or a higher one.</param>
/// <param name="Username">What their usernames begin with.</param>
/// <param name="DisplayName">What their display names contain.</param>
/// <param name="Email">The whole address, or <c>@domain</c>.</param>
/// <param name="Ip">Where they joined or signed in from.</param>
/// <param name="Before">Only smaller ids; 0 for all.</param>
/// <param name="After">Only greater ids; with <paramref name="Oldest"/> the page next to it.</param>
/// <param name="Limit">1 to 1,000.</param>
public sealed record ListAccounts(
    IReadOnlyList<Standing>? Standings = null, bool Silenced = false, bool Sensitized = false,
    AccountRole RoleMin = AccountRole.User, string? Username = null, string? DisplayName = null, string? Email = null,
    string? Ip = null, int Before = 0, int After = 0, bool Oldest = false, int Limit = 100);

/// <summary>Accounts that somebody signed up for, in the order of their ids; not imported ones.</summary>
/// <param name="After">Only greater ids.</param>
/// <param name="Limit">1 to 1,000.</param>
public sealed record ListJoined(AccountId After, int Limit);

/// <summary>The reply has a record, or null, for each id, in order.</summary>
public sealed record LookAtAccounts(IReadOnlyList<AccountId> Ids);

/// <param name="Username">Whatever its case.</param>
public sealed record LookUpAccount(string Username);

/// <summary>
/// Changes what is not null; the reply is the account as it is then, or null when there is none. Each is the case or
/// not whatever the others are. Who is suspended or about to be deleted is signed out everywhere.
/// </summary>
/// <param name="Disabled">Whether nobody can sign in to it or act for it.</param>
/// <param name="Waiting">Whether it waits to be let in.</param>
/// <param name="Delete">Begins to remove all that it has left, for good. What ends that is
/// <see cref="EraseAccount"/>.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: it is being deleted, or gone.</exception>
public sealed record ChangeStanding(
    AccountId Account, bool? Suspended = null, bool? Disabled = null, bool? Waiting = null, bool? Silenced = null,
    bool? Sensitized = null, AccountRole? Role = null, bool Delete = false);

/// <summary>The reply is false when there is no such account, or nobody can sign in to it.</summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: no address, or another's.</exception>
public sealed record ChangeEmail(AccountId Account, string Email);

/// <summary>Removes all that the Users service has of an account but its number and its name. The name of one that was
/// never let in is free from then on.</summary>
public sealed record EraseAccount(AccountId Account);

/// <summary>What may act for an account now: apps and browsers, the newest first.</summary>
public sealed record ListSessions(AccountId Account);

/// <param name="Id">Names it within the account; tells nothing of the token.</param>
/// <param name="AppName">Null for a browser on our own pages.</param>
public sealed record SignedIn(
    string Id, string? AppName, string? Website, string Scopes, DateTimeOffset Since, string? Ip);

/// <summary>The reply says whether there was one.</summary>
/// <param name="Id">Of a <see cref="SignedIn"/>; null for all but <paramref name="Spared"/>.</param>
/// <param name="Spared">A token's value.</param>
public sealed record EndSession(AccountId Account, string? Id, string? Spared = null);
