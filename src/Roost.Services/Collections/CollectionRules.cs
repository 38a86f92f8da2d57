using Roost.Engine.Text;
using Roost.Rpc;

namespace Roost.Services.Collections;

/// <summary>What a collection may be, and how refusals are told.</summary>
internal static class CollectionRules
{
    /// <summary>The traits as they are kept: without blanks around, the hashtag without its sign.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: says which and what is
    /// allowed.</exception>
    public static CollectionTraits Checked(CollectionTraits traits, bool isNew)
    {
        var name = traits.Name?.Trim();
        if (string.IsNullOrEmpty(name) && (isNew || name is not null))
            throw Invalid("name", "ERR_BLANK", "Name can't be blank");
        CheckLength("name", "Name", name, AccountCollection.NameCharactersMax);
        var description = traits.Description?.Trim();
        CheckLength("description", "Description", description, AccountCollection.DescriptionCharactersMax);
        if (traits.Language is { Length: > 0 } language
            && (language.Length is < 2 or > 3 || !language.All(char.IsAsciiLetterLower)))
            throw Invalid("language", "ERR_INVALID", "Language is no ISO 639 code such as en");
        var tag = traits.Tag?.Trim().TrimStart('#');
        if (tag is { Length: > 0 } && (Hashtags.Of($"#{tag}") is not [var whole] || whole != tag))
            throw Invalid("tag_name", "ERR_INVALID", "Tag name is no hashtag");
        return traits with { Name = name, Description = description, Tag = tag };
    }

    public static ServiceException NotYours() => new(ErrorCode.Forbidden, "This action is not allowed");

    /// <summary>Of accounts in collections, or of collections.</summary>
    public static ServiceException TooMany(string what) => Invalid("base", "ERR_TOO_MANY", what);

    public static ServiceException Taken(string what) => Invalid("account_id", "ERR_TAKEN", what);

    private static void CheckLength(string field, string what, string? text, int max)
    {
        if (text is not null && text.EnumerateRunes().Count() > max)
            throw Invalid(field, "ERR_TOO_LONG", $"{what} is too long (maximum is {max} characters)");
    }

    private static ServiceException Invalid(string field, string code, string what) =>
        new(ErrorCode.Invalid, $"Validation failed: {what}") { Field = field, FieldCode = code };
}
