using Roost.Web;

namespace Roost.Cli;

/// <summary>
/// The part <c>rate_limits</c> of a community's file: <c>times</c> (how many times as much as the limits say; 0 for
/// none), <c>spares_loopback</c> (whether programs on this machine are let be), and any of the limits, each with
/// <c>requests</c> and <c>minutes</c>.
/// </summary>
internal sealed record RateLimitsFile
{
    public int? Times { get; init; }
    public bool? SparesLoopback { get; init; }
    public RateLimit? Account { get; init; }
    public RateLimit? Token { get; init; }
    public RateLimit? Address { get; init; }
    public RateLimit? AccountPages { get; init; }
    public RateLimit? AddressPages { get; init; }
    public RateLimit? Media { get; init; }
    public RateLimit? Deletions { get; init; }
    public RateLimit? Posts { get; init; }
    public RateLimit? Follows { get; init; }
    public RateLimit? Reports { get; init; }
    public RateLimit? SignUps { get; init; }
    public RateLimit? SignUpForms { get; init; }
    public RateLimit? Apps { get; init; }
    public RateLimit? Confirmations { get; init; }

    /// <summary>The options with all that the file says.</summary>
    public RateLimitOptions ApplyTo(RateLimitOptions options) => options with
    {
        Times = Times ?? options.Times,
        SparesLoopback = SparesLoopback ?? options.SparesLoopback,
        Account = Account ?? options.Account,
        Token = Token ?? options.Token,
        Address = Address ?? options.Address,
        AccountPages = AccountPages ?? options.AccountPages,
        AddressPages = AddressPages ?? options.AddressPages,
        Media = Media ?? options.Media,
        Deletions = Deletions ?? options.Deletions,
        Posts = Posts ?? options.Posts,
        Follows = Follows ?? options.Follows,
        Reports = Reports ?? options.Reports,
        SignUps = SignUps ?? options.SignUps,
        SignUpForms = SignUpForms ?? options.SignUpForms,
        Apps = Apps ?? options.Apps,
        Confirmations = Confirmations ?? options.Confirmations,
    };
}
