namespace Roost.Web.Limits;

/// <summary>What is counted. Each has a limit in <see cref="RateLimitOptions"/>.</summary>
internal enum LimitKind : byte
{
    /// <summary>Nothing beside what every request counts as.</summary>
    None,
    Account,
    Token,
    Address,
    AccountPages,
    AddressPages,
    Media,
    Deletions,
    Posts,
    Follows,
    Reports,
    SignUps,
    SignUpForms,
    Apps,
    Confirmations,
}
