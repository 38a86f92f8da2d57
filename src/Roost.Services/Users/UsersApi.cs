using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Users;

/// <summary>What the Users service can be asked: accounts, passwords, apps, and the tokens that act for them.</summary>
public sealed record UsersApi(
    Service<CreateAccount, CreateAccountReply> Create,
    Service<ImportAccounts, IReadOnlyList<AccountId>> Import,
    Service<GetAccounts, Account?[]> Get,
    Service<FindAccounts, Account?[]> Find,
    Service<VerifyPassword, Account?> VerifyPassword,
    Service<SetPassword, bool> SetPassword,
    Service<CountAccounts, long> Count,
    Service<CreateApp, App> CreateApp,
    Service<FindApp, App?> FindApp,
    Service<GetApp, App?> GetApp,
    Service<CreateGrant, string> CreateGrant,
    Service<RedeemGrant, Grant?> RedeemGrant,
    Service<CreateToken, IssuedToken> CreateToken,
    Service<CreateTokens, IReadOnlyList<IssuedToken>> CreateTokens,
    Service<FindToken, Token?> FindToken,
    Service<FindTokens, Token?[]> FindTokens,
    Service<RevokeToken, bool> RevokeToken,
    Service<ChangeAccount, Account?> Change,
    Service<GetTokensVersion, long> TokensVersion,
    Service<RenewAccounts, RenewedAccount[]> Renew);

/// <summary>Registers an account.</summary>
/// <param name="Password">8 to 128 characters; kept only as Argon2id.</param>
/// <param name="Token">A token to make with it, in one transaction: who gets the account can also use it.</param>
public sealed record CreateAccount(string Username, string Email, string Password, FirstToken? Token = null)
{
    /// <summary>Whether somebody has to let them in first. The first account of all needs nobody, and is the
    /// owner.</summary>
    public bool NeedsApproval { get; init; }

    /// <summary>Why they want to join: needed with <see cref="NeedsApproval"/>, at most 1,000 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>Where they come from, or null.</summary>
    public string? Ip { get; init; }

    /// <summary>The language that they are spoken to in, or null.</summary>
    public string? Locale { get; init; }
}

/// <param name="AppId">0 for Roost's own pages.</param>
public sealed record FirstToken(long AppId, string Scopes);

/// <summary>Either the new account, or what is wrong with each field (one of both is empty).</summary>
/// <param name="Token">The token that was asked for, when there is an account.</param>
public sealed record CreateAccountReply(
    Account? Account, IReadOnlyList<FieldError> Errors, IssuedToken? Token = null);

/// <param name="Field"><c>username</c>, <c>email</c>, <c>password</c> or <c>reason</c>.</param>
/// <param name="Code">As the client API names it: <c>ERR_BLANK</c>, <c>ERR_TAKEN</c>, <c>ERR_INVALID</c>,
/// <c>ERR_TOO_SHORT</c>, <c>ERR_TOO_LONG</c>, <c>ERR_RESERVED</c>.</param>
/// <param name="Description">A sentence for people.</param>
public sealed record FieldError(string Field, string Code, string Description);

/// <summary>
/// Makes many accounts in one transaction, in order; a username that exists keeps its account. Nobody can sign in to
/// them until <see cref="SetPassword"/>. The reply has the id of each draft, in order.
/// </summary>
public sealed record ImportAccounts(IReadOnlyList<AccountDraft> Accounts);

public readonly record struct AccountDraft(string Username, string DisplayName, DateTimeOffset CreatedAt);

/// <summary>The reply has an account, or null, for each id, in order. Hidden accounts are not there.</summary>
public sealed record GetAccounts(IReadOnlyList<AccountId> Ids);

/// <summary>As <see cref="GetAccounts"/>, for who has kept accounts: the reply has those rows, in order, whose account
/// is not the one that was kept.</summary>
/// <param name="Stamps">Of each id the <see cref="Account.Stamp"/> of what was kept; 0 for nothing.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: not as many as ids.</exception>
public sealed record RenewAccounts(IReadOnlyList<AccountId> Ids, IReadOnlyList<long> Stamps);

/// <param name="Row">Which id, from 0.</param>
/// <param name="Account">Null: there is none.</param>
public readonly record struct RenewedAccount(int Row, Account? Account);

/// <summary>By username, whatever the case. The reply has an account, or null, for each, in order.</summary>
public sealed record FindAccounts(IReadOnlyList<string> Usernames);

/// <param name="Login">Username or e-mail address. The reply is null when login or password is wrong; which one is not
/// told, not even by the time taken. Hidden accounts too: look at <see cref="Account.Standing"/>.</param>
public sealed record VerifyPassword(string Login, string Password);

/// <summary>The reply is false when there is no such account. Ends all the account's tokens.</summary>
public sealed record SetPassword(AccountId Account, string Password);

/// <summary>Changes what is not null; the reply is the account as it is then, or null when there is none.</summary>
/// <param name="DisplayName">At most 30 characters.</param>
/// <param name="Note">At most 500 characters of plain text.</param>
/// <param name="Locked">Whether followers must be accepted.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: too long, or no such value; says
/// which.</exception>
public sealed record ChangeAccount(
    AccountId Account, string? DisplayName = null, string? Note = null, bool? Locked = null, bool? Bot = null,
    ProfileChange? Profile = null);

public sealed record CountAccounts;

/// <summary>A program that people let act for them.</summary>
/// <param name="Secret">Null where an app is looked up: only its hash is kept.</param>
/// <param name="RedirectUris">Exact URIs, custom schemes allowed, or <c>urn:ietf:wg:oauth:2.0:oob</c>.</param>
public sealed record App(
    long Id, string Name, string? Website, IReadOnlyList<string> RedirectUris, string Scopes, string ClientId,
    string? Secret);

public sealed record CreateApp(string Name, string? Website, IReadOnlyList<string> RedirectUris, string Scopes);

/// <param name="Secret">When given it must match, or the reply is null.</param>
public sealed record FindApp(string ClientId, string? Secret = null);

/// <summary>By the number that a <see cref="Token"/> names it by.</summary>
public sealed record GetApp(long Id);

/// <summary>An authorization code, single use, valid for 10 minutes (RFC 6749 §4.1.2). The reply is the code.</summary>
/// <param name="CodeChallenge">PKCE S256 challenge (RFC 7636), or null.</param>
public sealed record CreateGrant(
    long AppId, AccountId Account, string Scopes, string RedirectUri, string? CodeChallenge);

/// <summary>
/// Uses a code up. The reply is null when it is unknown, used, out of time, or made for another app. A second use ends
/// the tokens that were made for the code, since one of the two who used it has stolen it (RFC 6749 §4.1.2).
/// </summary>
public sealed record RedeemGrant(long AppId, string Code);

public sealed record Grant(AccountId Account, string Scopes, string RedirectUri, string? CodeChallenge);

/// <param name="Account">Nobody (<c>default</c>) for an app's own token.</param>
/// <param name="AppId">0 for Roost's own pages: a browser session is a token too.</param>
/// <param name="Code">The code, just redeemed, that the token is made for.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: the code was used again
/// meanwhile.</exception>
public sealed record CreateToken(long AppId, AccountId Account, string Scopes, string? Code = null)
{
    /// <summary>Where it was asked for, or null.</summary>
    public string? Ip { get; init; }
}

/// <param name="Value">The bearer token, told this once; only its SHA-256 is kept.</param>
public sealed record IssuedToken(string Value, string Scopes, DateTimeOffset CreatedAt);

/// <summary>Makes a token for each of many accounts, in one transaction. The reply has them in order.</summary>
/// <param name="AppId">Not 0.</param>
/// <param name="Accounts">At most <see cref="FindTokens.Max"/>.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.NotFound"/>: there is no such app, or one of the accounts is
/// not there; then none is made.</exception>
public sealed record CreateTokens(long AppId, IReadOnlyList<AccountId> Accounts, string Scopes);

/// <summary>Who a bearer token acts for. Looked up on every request, so answered from memory.</summary>
public sealed record FindToken(string Value);

/// <summary>Who each of many bearer tokens acts for. The reply has a token, or null, for each, in order.</summary>
/// <param name="Values">At most <see cref="Max"/>; empty ones are nobody's.</param>
public sealed record FindTokens(IReadOnlyList<string> Values)
{
    public const int Max = 10_000;
}

public sealed record Token(long AppId, string? AppName, AccountId Account, string Scopes)
{
    /// <summary>What tells it from other tokens, the same over restarts; tells nothing of its secret that could be
    /// used.</summary>
    public long Number { get; init; }

    /// <summary>How the account stands: only a token of an active one may be used.</summary>
    public Standing Standing { get; init; }
}

/// <summary>The reply is false when there was no such token (of that app, unless <paramref name="AppId"/> is
/// null).</summary>
public sealed record RevokeToken(string Value, long? AppId = null);

/// <summary>The reply is a number that grows whenever a token is made or ends, while the process lives: for who lets
/// one token do something for long, and must end that with it.</summary>
public readonly record struct GetTokensVersion;
