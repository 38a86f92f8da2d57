using Roost.Web.OAuth;

namespace Roost.Web.Http;

/// <summary>Who may call an endpoint.</summary>
/// <param name="Who">What kind of token it takes.</param>
/// <param name="Scope">The scope that a token must cover, or null for any. Strangers, where they may come, need
/// none.</param>
/// <param name="OtherScope">A second scope that does as well, or null.</param>
internal sealed record Access(AccessKind Who, string? Scope = null, string? OtherScope = null)
{
    public static readonly Access Anyone = new(AccessKind.Anyone);
    public static readonly Access AnyToken = new(AccessKind.AnyToken);

    /// <summary>A token that acts for an account, whatever its scopes.</summary>
    public static readonly Access AnyUser = new(AccessKind.User);

    /// <summary>Strangers too; but a token, if there is one, must cover the scope.</summary>
    public static Access AnyoneBut(string scope) => new(AccessKind.Anyone, scope);

    public static Access User(string scope, string? otherScope = null) => new(AccessKind.User, scope, otherScope);

    public static Access App(string scope) => new(AccessKind.AnyToken, scope);

    public bool IsCovered(string granted) =>
        Scope is null || Scopes.Covers(granted, Scope)
            || (OtherScope is not null && Scopes.Covers(granted, OtherScope));
}

internal enum AccessKind
{
    /// <summary>With or without a token.</summary>
    Anyone,
    /// <summary>A person's or an app's own.</summary>
    AnyToken,
    /// <summary>A token that acts for an account.</summary>
    User,
}
