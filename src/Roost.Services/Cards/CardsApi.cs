using Roost.Rpc;

namespace Roost.Services.Cards;

/// <summary>What the Cards service can be asked: what there is to say about the pages that posts link to.</summary>
public sealed record CardsApi(LookUpCard LookUp, Service<AwaitCards, bool> Settled)
{
    /// <summary>Knows no page and asks for none.</summary>
    public static CardsApi None { get; } = new(_ => CardAnswer.Nothing, (_, _) => new(true));
}

/// <summary>
/// What is known of a link, from memory, at once. Of one that is not known yet the service begins to find out: whoever
/// asks again later is told.
/// </summary>
/// <param name="url">As <see cref="Engine.Text.Links.Of"/> writes links, so that each is fetched once, however many
/// posts have it.</param>
public delegate CardAnswer LookUpCard(string url);

/// <param name="IsSettled">False: not known yet.</param>
/// <param name="Card">Null where there is nothing to show.</param>
public readonly record struct CardAnswer(bool IsSettled, Card? Card)
{
    /// <summary>There is nothing to show, now or later.</summary>
    public static CardAnswer Nothing => new(true, null);
}

/// <summary>What a page says of itself. Plain text throughout. Stored as JSON: members are added, never
/// renamed.</summary>
/// <param name="Url">The link.</param>
/// <param name="Title">Never empty; at most 300 characters.</param>
/// <param name="Description">At most 1,000 characters, or empty.</param>
public sealed record Card(string Url, string Title, string Description)
{
    public string AuthorName { get; init; } = "";

    public string ProviderName { get; init; } = "";

    /// <summary>An ISO 639 code, or null.</summary>
    public string? Language { get; init; }

    public DateTimeOffset? PublishedAt { get; init; }

    public CardPicture? Picture { get; init; }
}

/// <summary>A picture of the page, kept here.</summary>
/// <param name="Extension">What its file's name ends in.</param>
/// <param name="Description">What it shows, or empty.</param>
public sealed record CardPicture(
    long MediaId, string FileKey, string Extension, int Width, int Height, string BlurHash, string Description);

/// <summary>Answers when whatever was asked for before is known.</summary>
public sealed record AwaitCards;
