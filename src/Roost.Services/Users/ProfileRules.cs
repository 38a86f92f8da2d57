using System.Collections.Frozen;
using Roost.Rpc;

namespace Roost.Services.Users;

/// <summary>What people may make of their account.</summary>
internal static class ProfileRules
{
    private const int DescriptionCharactersMax = 1_500;
    private const int AttributionDomainsMax = 100;
    private const int DomainCharactersMax = 253; // RFC 1035 §2.3.4, as text

    private static readonly FrozenSet<string> _privacies =
        FrozenSet.Create(StringComparer.Ordinal, "public", "unlisted", "private", "direct");
    private static readonly FrozenSet<string> _quotePolicies =
        FrozenSet.Create(StringComparer.Ordinal, "public", "followers", "nobody");
    private static readonly FrozenSet<string> _expansions =
        FrozenSet.Create(StringComparer.Ordinal, "default", "show_all", "hide_all");

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: says which and what is
    /// allowed.</exception>
    public static void Check(ChangeAccount request)
    {
        FieldRules.CheckLength("display_name", "Display name", request.DisplayName, Profile.DisplayNameCharactersMax);
        FieldRules.CheckLength("note", "Note", request.Note, Profile.NoteCharactersMax);
        if (request.Profile is not { } change) return;
        FieldRules.CheckLength(
            "avatar_description", "Avatar description", change.AvatarDescription, DescriptionCharactersMax);
        FieldRules.CheckLength(
            "header_description", "Header description", change.HeaderDescription, DescriptionCharactersMax);
        CheckFields(change.Fields ?? []);
        CheckDomains(change.AttributionDomains ?? []);
        CheckChoice("privacy", "Privacy", change.Privacy, _privacies);
        CheckChoice("quote_policy", "Quote policy", change.QuotePolicy, _quotePolicies);
        CheckChoice("expand_media", "Expand media", change.Reading?.ExpandMedia, _expansions);
        FieldRules.CheckLanguage(change.Language);
        FieldRules.CheckLanguage(change.Reading?.PagesLanguage);
    }

    private static void CheckFields(IReadOnlyList<ProfileField> fields)
    {
        if (fields.Count > Profile.FieldsMax)
        {
            throw FieldRules.Invalid(
                "fields", "ERR_TOO_LONG",
                $"There are {fields.Count} fields; a profile has at most {Profile.FieldsMax}");
        }
        foreach (var field in fields)
        {
            if (string.IsNullOrWhiteSpace(field.Name))
                throw FieldRules.Invalid("fields", "ERR_BLANK", "A field has a value and no name");
            FieldRules.CheckLength("fields", "A field's name", field.Name, Profile.FieldCharactersMax);
            FieldRules.CheckLength("fields", "A field's value", field.Value, Profile.FieldCharactersMax);
        }
    }

    private static void CheckDomains(IReadOnlyList<string> domains)
    {
        if (domains.Count > AttributionDomainsMax)
        {
            throw FieldRules.Invalid(
                "attribution_domains", "ERR_TOO_LONG",
                $"There are {domains.Count} attribution domains; the most is {AttributionDomainsMax}");
        }
        foreach (var domain in domains)
        {
            if (domain.Length > DomainCharactersMax || !AccountRules.IsDomain(domain))
            {
                throw FieldRules.Invalid(
                    "attribution_domains", "ERR_INVALID",
                    "An attribution domain is no domain: write it as example.org");
            }
        }
    }

    private static void CheckChoice(string field, string what, string? value, FrozenSet<string> allowed)
    {
        if (value is not null && !allowed.Contains(value))
        {
            throw FieldRules.Invalid(
                field, "ERR_INCLUSION",
                $"{what} is none of {string.Join(", ", allowed.Order(StringComparer.Ordinal))}");
        }
    }
}
