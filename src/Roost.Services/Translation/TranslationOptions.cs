namespace Roost.Services.Translation;

/// <summary>Whom to ask for translations.</summary>
public sealed record TranslationOptions
{
    /// <summary>A LibreTranslate server, or one that answers like it, at whatever address the operator gives; null:
    /// nothing is translated.</summary>
    public Uri? Server { get; init; }

    /// <summary>What the server wants to be told, or null.</summary>
    public string? ApiKey { get; init; }

    /// <summary>For an answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Requests at a time; who comes beyond is told to come again.</summary>
    public int AtOnceMax { get; init; } = 8;

    /// <summary>Translations that are kept, and for how long.</summary>
    public int KeptMax { get; init; } = 8_192;

    public TimeSpan KeptFor { get; init; } = TimeSpan.FromDays(1);
}
