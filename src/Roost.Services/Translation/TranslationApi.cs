using Roost.Rpc;

namespace Roost.Services.Translation;

/// <summary>What the Translation service can be asked.</summary>
/// <param name="IsOn">Whether the community has a translator. If not, nothing can be translated.</param>
public sealed record TranslationApi(
    bool IsOn, Service<TranslateTexts, TranslatedTexts> Translate, Service<GetTranslationPairs, TranslationPairs> Pairs)
{
    /// <summary>Translates nothing.</summary>
    public static TranslationApi None { get; } = new(
        false,
        (_, _) => throw new ServiceException(ErrorCode.NotFound, "There is no translator here."),
        (_, _) => new(TranslationPairs.None));
}

/// <summary>Translates plain texts of one post. Links, mentions, hashtags and emojis in them stay as they
/// are.</summary>
/// <param name="From">An ISO 639 code, or null when it is for the translator to find out.</param>
/// <param name="To">An ISO 639 code.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Forbidden"/>: the translator does not know these
/// languages; <see cref="ErrorCode.NotFound"/>: there is none; <see cref="ErrorCode.Unavailable"/>,
/// <see cref="ErrorCode.Overloaded"/>: it does not answer, or not now.</exception>
public sealed record TranslateTexts(IReadOnlyList<string> Texts, string? From, string To);

/// <param name="Texts">In the order of the request.</param>
/// <param name="From">The language that they were in, as the translator says.</param>
/// <param name="Provider">Who translated, for people.</param>
public sealed record TranslatedTexts(IReadOnlyList<string> Texts, string From, string Provider);

/// <summary>Asks into what can be translated. None while the translator does not answer.</summary>
public sealed record GetTranslationPairs;

/// <param name="Targets">By the language to translate from, those to translate into; in order.</param>
public sealed record TranslationPairs(IReadOnlyDictionary<string, IReadOnlyList<string>> Targets)
{
    public static TranslationPairs None { get; } = new(new Dictionary<string, IReadOnlyList<string>>());

    /// <param name="from">Null for any.</param>
    public bool Has(string? from, string to) => from is null
        ? Targets.Values.Any(targets => targets.Contains(to))
        : Targets.TryGetValue(from, out var known) && known.Contains(to);
}
