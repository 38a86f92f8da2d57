using System.ComponentModel.DataAnnotations;
using System.Net;
using Roost.Services.Outbound;

namespace Roost.Services.WebPush;

/// <summary>How push messages are sent.</summary>
public sealed record WebPushOptions
{
    /// <summary>Messages on their way at a time, 1 to 1,000.</summary>
    public int AtWorkMax { get; init; } = 32;

    /// <summary>Of these to one push service, 1 to 1,000: one that is slow leaves room for others.</summary>
    public int PerServiceMax { get; init; } = 8;

    /// <summary>Messages that wait, of all accounts, 1 to 10,000,000; more are not sent.</summary>
    public int WaitingMax { get; init; } = 100_000;

    /// <summary>Messages that wait for one subscription, 1 to 10,000; more are not sent.</summary>
    public int WaitingPerSubscriptionMax { get; init; } = 100;

    /// <summary>For one attempt, from finding the address to the answer; 100 ms to 5 minutes.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a message is worth sending, here and at the push service; a minute to 4 weeks.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(48);

    /// <summary>Until the second attempt; twice as long until the next, and so on up to an hour. 1 s to 1 h.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts for one message, 1 to 100.</summary>
    public int AttemptsMax { get; init; } = 8;

    /// <summary>After so many attempts in a row that failed, whatever for, a subscription is over; 1 to
    /// 10,000.</summary>
    public int FailuresMax { get; init; } = 40;

    /// <summary>Where may be connected to.</summary>
    public OutboundGuard Guard { get; init; } = OutboundGuard.PublicOnly;

    /// <summary>What endpoints begin with.</summary>
    public IReadOnlyList<string> Schemes { get; init; } = ["https"];

    /// <summary>The same, with push services in these networks, too, and by http: such as one of the operator's own,
    /// beside the server.</summary>
    public WebPushOptions WithServicesIn(IReadOnlyList<IPNetwork> networks) => networks.Count == 0
        ? this
        : this with
        {
            Schemes = ["https", "http"],
            Guard = new OutboundGuard(
                address => PublicAddresses.Has(address) || networks.Any(network => network.Contains(address))),
        };

    /// <exception cref="ValidationException">A value is out of its range; the message names it.</exception>
    internal void Validate()
    {
        Require(AtWorkMax is >= 1 and <= 1_000, nameof(AtWorkMax), "1 to 1,000");
        Require(PerServiceMax is >= 1 and <= 1_000, nameof(PerServiceMax), "1 to 1,000");
        Require(WaitingMax is >= 1 and <= 10_000_000, nameof(WaitingMax), "1 to 10,000,000");
        Require(WaitingPerSubscriptionMax is >= 1 and <= 10_000, nameof(WaitingPerSubscriptionMax), "1 to 10,000");
        Require(
            AttemptTimeout >= TimeSpan.FromMilliseconds(100) && AttemptTimeout <= TimeSpan.FromMinutes(5),
            nameof(AttemptTimeout), "100 ms to 5 minutes");
        Require(
            Lifetime >= TimeSpan.FromMinutes(1) && Lifetime <= TimeSpan.FromDays(28), nameof(Lifetime),
            "a minute to 4 weeks");
        Require(
            RetryAfter >= TimeSpan.FromSeconds(1) && RetryAfter <= TimeSpan.FromHours(1), nameof(RetryAfter),
            "1 s to 1 h");
        Require(AttemptsMax is >= 1 and <= 100, nameof(AttemptsMax), "1 to 100");
        Require(FailuresMax is >= 1 and <= 10_000, nameof(FailuresMax), "1 to 10,000");
    }

    private static void Require(bool holds, string name, string range)
    {
        if (!holds)
            throw new ValidationException($"{name} is out of its range, {range}.");
    }
}
