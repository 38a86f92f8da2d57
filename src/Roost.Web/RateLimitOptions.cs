using Roost.Web.Limits;

namespace Roost.Web;

/// <summary>
/// How often who may ask: what a Mastodon server allows, unless a community says otherwise. Immutable; checked once by
/// <see cref="Validate"/>.
/// </summary>
public sealed record RateLimitOptions
{
    /// <summary>No limits at all.</summary>
    public static readonly RateLimitOptions Off = new() { Times = 0 };

    /// <summary>How many times as much as the limits below say may be asked, 0 to 1,000; 0 takes all of them
    /// away.</summary>
    public int Times { get; init; } = 1;

    /// <summary>
    /// Whether who asks from this machine itself may ask at will: tools that load, play and measure. Who comes through
    /// a proxy on this machine counts by the address that the proxy tells.
    /// </summary>
    public bool SparesLoopback { get; init; } = true;

    /// <summary>What one account may ask of the API, with all its tokens.</summary>
    public RateLimit Account { get; init; } = new(1_500, 5);

    /// <summary>What may be asked of the API with one token.</summary>
    public RateLimit Token { get; init; } = new(300, 5);

    /// <summary>What one address may ask of the API without a token that acts for an account. IPv6 addresses count by
    /// their /64.</summary>
    public RateLimit Address { get; init; } = new(300, 5);

    /// <summary>Pages beyond the first, by one account.</summary>
    public RateLimit AccountPages { get; init; } = new(300, 15);

    /// <summary>Pages beyond the first, by one address.</summary>
    public RateLimit AddressPages { get; init; } = new(300, 15);

    /// <summary>Pictures that one account sends.</summary>
    public RateLimit Media { get; init; } = new(30, 30);

    /// <summary>Posts that one account deletes, and boosts that it takes back.</summary>
    public RateLimit Deletions { get; init; } = new(30, 30);

    /// <summary>Posts, edits and boosts of one account.</summary>
    public RateLimit Posts { get; init; } = new(300, 180);

    /// <summary>Accounts that one account begins to follow.</summary>
    public RateLimit Follows { get; init; } = new(400, 1_440);

    /// <summary>Reports of one account.</summary>
    public RateLimit Reports { get; init; } = new(400, 1_440);

    /// <summary>Accounts that are made from one address, by apps.</summary>
    public RateLimit SignUps { get; init; } = new(5, 30);

    /// <summary>Accounts that are made from one address, by the form on the page.</summary>
    public RateLimit SignUpForms { get; init; } = new(25, 5);

    /// <summary>Apps that register from one address.</summary>
    public RateLimit Apps { get; init; } = new(5, 10);

    /// <summary>Confirmations of e-mail addresses that one account asks for.</summary>
    public RateLimit Confirmations { get; init; } = new(5, 30);

    /// <summary>How many counts are kept at once, 1,024 to 16,777,216, at 16 bytes each. Beyond it those that have come
    /// least far are forgotten.</summary>
    public int CountsMax { get; init; } = 262_144;

    /// <summary>All limits, each with what it is about.</summary>
    internal IReadOnlyList<(LimitKind Kind, RateLimit Limit)> All =>
    [
        (LimitKind.Account, Account), (LimitKind.Token, Token), (LimitKind.Address, Address),
        (LimitKind.AccountPages, AccountPages), (LimitKind.AddressPages, AddressPages), (LimitKind.Media, Media),
        (LimitKind.Deletions, Deletions), (LimitKind.Posts, Posts), (LimitKind.Follows, Follows),
        (LimitKind.Reports, Reports), (LimitKind.SignUps, SignUps), (LimitKind.SignUpForms, SignUpForms),
        (LimitKind.Apps, Apps), (LimitKind.Confirmations, Confirmations),
    ];

    /// <exception cref="ArgumentException">A value is outside its range; the message says which and what is
    /// allowed.</exception>
    public void Validate()
    {
        if (Times is < 0 or > 1_000)
            throw new ArgumentException($"The rate limits' Times is {Times}; give 0 to 1,000.");
        if (CountsMax is < 1_024 or > 16_777_216)
            throw new ArgumentException($"The rate limits' CountsMax is {CountsMax}; give 1,024 to 16,777,216.");
        foreach (var (_, limit) in All)
        {
            if (limit is not { Requests: >= 1 and <= 1_000_000, Minutes: >= 1 and <= 10_080 })
            {
                throw new ArgumentException(
                    $"A rate limit is {limit}; give 1 to 1,000,000 requests in 1 to 10,080 minutes.");
            }
        }
    }
}

/// <summary>So many requests in so long. Windows begin at whole multiples of their length, for everybody.</summary>
public sealed record RateLimit(int Requests, int Minutes);
