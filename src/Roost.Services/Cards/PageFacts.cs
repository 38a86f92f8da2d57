namespace Roost.Services.Cards;

/// <summary>What a page's head says of it, as far as cards show it. Plain text, its white space folded.</summary>
/// <param name="Picture">An address as it stands there, relative or not; null for none.</param>
internal sealed record PageFacts(string Title, string Description, string? Picture)
{
    public string PictureDescription { get; init; } = "";

    public string AuthorName { get; init; } = "";

    public string ProviderName { get; init; } = "";

    public string? Language { get; init; }

    public DateTimeOffset? PublishedAt { get; init; }
}
