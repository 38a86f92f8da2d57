using Roost.Rpc;

namespace Roost.Services.Cards;

/// <summary>How a process that has not the Cards service asks what is known of links.</summary>
public sealed record CardLookupApi(Service<LookUpCards, CardAnswer[]> LookUp);

/// <summary>As <see cref="CardsApi.LookUp"/>, of many: the reply has one for each, in order.</summary>
/// <param name="Urls">At most <see cref="UrlsMax"/>.</param>
public sealed record LookUpCards(IReadOnlyList<string> Urls)
{
    public const int UrlsMax = 256;
}
