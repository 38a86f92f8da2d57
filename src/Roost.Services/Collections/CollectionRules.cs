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
            throw FieldRules.Invalid("name", "ERR_BLANK", "Name can't be blank");
        FieldRules.CheckLength("name", "Name", name, AccountCollection.NameCharactersMax);
        var description = traits.Description?.Trim();
        FieldRules.CheckLength("description", "Description", description, AccountCollection.DescriptionCharactersMax);
        FieldRules.CheckLanguage(traits.Language);
        var tag = traits.Tag?.Trim().TrimStart('#');
        if (tag is { Length: > 0 } && (Hashtags.Of($"#{tag}") is not [var whole] || whole != tag))
            throw FieldRules.Invalid("tag_name", "ERR_INVALID", "Tag name is no hashtag");
        return traits with { Name = name, Description = description, Tag = tag };
    }

    public static ServiceException NotYours() => new(ErrorCode.Forbidden, "This action is not allowed");

    /// <summary>Of accounts in collections, or of collections.</summary>
    public static ServiceException TooMany(string what) => FieldRules.Invalid("base", "ERR_TOO_MANY", what);

    public static ServiceException Taken(string what) => FieldRules.Invalid("account_id", "ERR_TAKEN", what);
}
