using System.Diagnostics.Metrics;

namespace Roost.Web.Limits;

/// <summary>What rate limits refused.</summary>
internal sealed class LimitMetrics(IMeterFactory? meters)
{
    private readonly Counter<long>? _refused = meters?.Create("Roost.Web").CreateCounter<long>(
        "roost.web.refused_requests", "{request}", "Requests that a rate limit refused, by the limit.");

    public void Refused(LimitKind kind) =>
        _refused?.Add(1, new KeyValuePair<string, object?>("roost.web.limit", NameOf(kind)));

    private static string NameOf(LimitKind kind) => kind switch
    {
        LimitKind.Account => "account",
        LimitKind.Token => "token",
        LimitKind.Address => "address",
        LimitKind.AccountPages => "account_pages",
        LimitKind.AddressPages => "address_pages",
        LimitKind.Media => "media",
        LimitKind.Deletions => "deletions",
        LimitKind.Posts => "posts",
        LimitKind.Follows => "follows",
        LimitKind.Reports => "reports",
        LimitKind.SignUps => "sign_ups",
        LimitKind.SignUpForms => "sign_up_forms",
        LimitKind.Apps => "apps",
        LimitKind.Confirmations => "confirmations",
        _ => "none",
    };
}
