namespace Roost.Web;

/// <summary>What a community tells about itself. Texts are plain: paragraphs, line breaks and links show.</summary>
public sealed record CommunityOptions
{
    /// <summary>Rules, in order. Reports name them by their place, so append new ones.</summary>
    public IReadOnlyList<CommunityRule> Rules { get; init; } = [];

    /// <summary>Or empty.</summary>
    public string ExtendedDescription { get; init; } = "";

    /// <summary>Or empty.</summary>
    public string PrivacyPolicy { get; init; } = "";

    /// <summary>Every version that was and will be in force; none for a community without.</summary>
    public IReadOnlyList<TermsVersion> TermsOfService { get; init; } = [];

    /// <summary>ISO 639 codes of what is spoken here.</summary>
    public IReadOnlyList<string> Languages { get; init; } = ["en"];

    /// <summary>Username of whom to turn to, or empty.</summary>
    public string ContactAccount { get; init; } = "";

    /// <summary>Absolute URL of a picture of the community; empty for Roost's own.</summary>
    public string Thumbnail { get; init; } = "";

    /// <summary>When these texts were written.</summary>
    public DateTimeOffset UpdatedAt { get; init; } = DateTimeOffset.UnixEpoch;
}

/// <param name="Hint">What it means in more words, or empty.</param>
public sealed record CommunityRule(string Text, string Hint = "");

/// <param name="EffectiveDate">The first day on which it is in force.</param>
public sealed record TermsVersion(DateOnly EffectiveDate, string Text);
