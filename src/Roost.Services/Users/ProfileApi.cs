namespace Roost.Services.Users;

/// <summary>What a person has made of their account beyond its name and words: pictures, fields, and choices.</summary>
public sealed record Profile
{
    /// <summary>Fields that a profile may have.</summary>
    public const int FieldsMax = 4;

    public const int DisplayNameCharactersMax = 30;

    public const int NoteCharactersMax = 500;

    /// <summary>Characters of a field's name, and of its value.</summary>
    public const int FieldCharactersMax = 255;

    /// <summary>As every account begins.</summary>
    public static Profile Empty { get; } = new();

    /// <summary>A square; null for the picture that everybody has.</summary>
    public Picture? Avatar { get; init; }

    /// <summary>Three times as wide as high; null for the picture that everybody has.</summary>
    public Picture? Header { get; init; }

    /// <summary>At most <see cref="FieldsMax"/>.</summary>
    public IReadOnlyList<ProfileField> Fields { get; init; } = [];

    /// <summary>Whether it may be recommended to others; null: never said.</summary>
    public bool? Discoverable { get; init; }

    /// <summary>Whether its public posts are found by what they say.</summary>
    public bool Indexable { get; init; } = true;

    /// <summary>Whether only the person themself may see whom they follow, and who follows them.</summary>
    public bool HidesCollections { get; init; }

    public bool ShowsMedia { get; init; } = true;

    public bool ShowsMediaReplies { get; init; } = true;

    public bool ShowsFeatured { get; init; } = true;

    /// <summary>Web sites, in lower case, whose pages may name this account as their author.</summary>
    public IReadOnlyList<string> AttributionDomains { get; init; } = [];

    /// <summary>What a post has that does not say otherwise.</summary>
    public PostingDefaults Posting { get; init; } = new();

    /// <summary>What clients show of posts before one asks for more.</summary>
    public ReadingDefaults Reading { get; init; } = new();

    public bool Equals(Profile? other) =>
        other is not null && Avatar == other.Avatar && Header == other.Header && Discoverable == other.Discoverable
        && (Indexable, HidesCollections, ShowsMedia, ShowsMediaReplies, ShowsFeatured)
            == (other.Indexable, other.HidesCollections, other.ShowsMedia, other.ShowsMediaReplies, other.ShowsFeatured)
        && Posting == other.Posting && Reading == other.Reading && Fields.SequenceEqual(other.Fields)
        && AttributionDomains.SequenceEqual(other.AttributionDomains);

    public override int GetHashCode() => HashCode.Combine(Avatar, Header, Fields.Count, Posting);
}

/// <summary>A picture of a profile, in Media's keeping.</summary>
/// <param name="FileKey">What its address is made of.</param>
/// <param name="Extension">What its file's name ends in, <c>.jpg</c> for example.</param>
/// <param name="Description">What it shows, for those who do not see it; or empty.</param>
public sealed record Picture(long MediaId, string FileKey, string Extension, string Description = "");

public sealed record ProfileField(string Name, string Value);

/// <param name="Privacy"><c>public</c>, <c>unlisted</c>, <c>private</c> or <c>direct</c>.</param>
/// <param name="Language">An ISO 639 code in lower case, or null.</param>
/// <param name="QuotePolicy"><c>public</c>, <c>followers</c> or <c>nobody</c>.</param>
public sealed record PostingDefaults(
    string Privacy = "public", bool Sensitive = false, string? Language = null, string QuotePolicy = "public");

/// <param name="ExpandMedia"><c>default</c> (all that is not sensitive), <c>show_all</c> or <c>hide_all</c>.</param>
/// <param name="PagesLanguage">The language that Roost's own pages speak to the account, as an ISO 639 code; null for
/// what the browser asks for.</param>
public sealed record ReadingDefaults(
    string ExpandMedia = "default", bool ExpandSpoilers = false, bool AutoplayGifs = false,
    string? PagesLanguage = null);

/// <summary>What of a profile to change; null leaves it.</summary>
public sealed record ProfileChange
{
    public PictureChange? Avatar { get; init; }

    public PictureChange? Header { get; init; }

    /// <summary>Of the avatar that is there, or that comes with this change.</summary>
    public string? AvatarDescription { get; init; }

    public string? HeaderDescription { get; init; }

    /// <summary>All of them: whatever is not among them goes.</summary>
    public IReadOnlyList<ProfileField>? Fields { get; init; }

    public bool? Discoverable { get; init; }

    public bool? Indexable { get; init; }

    public bool? HidesCollections { get; init; }

    public bool? ShowsMedia { get; init; }

    public bool? ShowsMediaReplies { get; init; }

    public bool? ShowsFeatured { get; init; }

    public IReadOnlyList<string>? AttributionDomains { get; init; }

    public string? Privacy { get; init; }

    public bool? Sensitive { get; init; }

    /// <summary>Empty for none.</summary>
    public string? Language { get; init; }

    public string? QuotePolicy { get; init; }

    public ReadingDefaults? Reading { get; init; }

    /// <summary>The profile as it is then.</summary>
    public Profile ApplyTo(Profile old) => old with
    {
        Avatar = Changed(old.Avatar, Avatar, AvatarDescription),
        Header = Changed(old.Header, Header, HeaderDescription),
        Fields = Fields ?? old.Fields,
        Discoverable = Discoverable ?? old.Discoverable,
        Indexable = Indexable ?? old.Indexable,
        HidesCollections = HidesCollections ?? old.HidesCollections,
        ShowsMedia = ShowsMedia ?? old.ShowsMedia,
        ShowsMediaReplies = ShowsMediaReplies ?? old.ShowsMediaReplies,
        ShowsFeatured = ShowsFeatured ?? old.ShowsFeatured,
        AttributionDomains = AttributionDomains ?? old.AttributionDomains,
        Posting = new PostingDefaults(
            Privacy ?? old.Posting.Privacy, Sensitive ?? old.Posting.Sensitive,
            Language is null ? old.Posting.Language : Language.Length == 0 ? null : Language,
            QuotePolicy ?? old.Posting.QuotePolicy),
        Reading = Reading ?? old.Reading,
    };

    private static Picture? Changed(Picture? old, PictureChange? change, string? description)
    {
        var picture = change is { } changed ? changed.Picture : old;
        return picture is null || description is null ? picture : picture with { Description = description };
    }
}

/// <param name="Picture">Null takes the picture away.</param>
public readonly record struct PictureChange(Picture? Picture);
