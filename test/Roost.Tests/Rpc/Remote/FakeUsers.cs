using Roost.Rpc;
using Roost.Services.Users;

namespace Roost.Tests.Rpc.Remote;

/// <summary>Functions that nobody has set answer that they are not there.</summary>
internal static class FakeUsers
{
    public static UsersApi Users { get; } = new(
        None<CreateAccount, CreateAccountReply>(), None<ImportAccounts, IReadOnlyList<Roost.Engine.Ids.AccountId>>(),
        None<GetAccounts, Account?[]>(), None<FindAccounts, Account?[]>(), None<VerifyPassword, Account?>(),
        None<SetPassword, bool>(), None<CountAccounts, long>(), None<CreateApp, App>(), None<FindApp, App?>(),
        None<GetApp, App?>(), None<CreateGrant, string>(), None<RedeemGrant, Grant?>(), None<CreateToken, IssuedToken>(),
        None<CreateTokens, IReadOnlyList<IssuedToken>>(), None<FindToken, Token?>(), None<FindTokens, Token?[]>(),
        None<RevokeToken, bool>(), None<ChangeAccount, Account?>(), None<GetTokensVersion, long>(),
        None<RenewAccounts, RenewedAccount[]>());

    public static ModerationApi Moderation { get; } = new(
        None<ListAccounts, IReadOnlyList<AccountRecord>>(), None<ListJoined, IReadOnlyList<Account>>(),
        None<LookAtAccounts, AccountRecord?[]>(),
        None<LookUpAccount, AccountRecord?>(), None<ChangeStanding, Account?>(), None<ChangeEmail, bool>(),
        None<EraseAccount, bool>(), None<ListSessions, IReadOnlyList<SignedIn>>(), None<EndSession, bool>());

    public static FiguresApi Figures { get; } = new(
        None<CountVisits, VisitCounts>(), None<CountJoins, int[]>(), None<CountActive, ActiveCounts>(),
        None<CountRetention, IReadOnlyList<Cohort>>(), None<CountOrigins, Origins>());

    /// <summary>A server that answers these.</summary>
    public static Task<RemoteHost> HostAsync(UsersApi users, ModerationApi moderation, FiguresApi? figures = null) =>
        RemoteHost.StartAsync(services => UsersRemote.Serve(services, users, moderation, figures ?? Figures));

    private static Service<TRequest, TReply> None<TRequest, TReply>() =>
        (_, _) => throw new ServiceException(ErrorCode.NotFound, "Nobody set this function.");
}
