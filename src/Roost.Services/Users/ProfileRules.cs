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
        CheckLength("display_name", "Display name", request.DisplayName, Profile.DisplayNameCharactersMax);
        CheckLength("note", "Note", request.Note, Profile.NoteCharactersMax);
        if (request.Profile is not { } change) return;
        CheckLength("avatar_description", "Avatar description", change.AvatarDescription, DescriptionCharactersMax);
        CheckLength("header_description", "Header description", change.HeaderDescription, DescriptionCharactersMax);
        CheckFields(change.Fields ?? []);
        CheckDomains(change.AttributionDomains ?? []);
        CheckChoice("privacy", "Privacy", change.Privacy, _privacies);
        CheckChoice("quote_policy", "Quote policy", change.QuotePolicy, _quotePolicies);
        CheckChoice("expand_media", "Expand media", change.Reading?.ExpandMedia, _expansions);
        CheckLanguage(change.Language);
    }

    private static void CheckFields(IReadOnlyList<ProfileField> fields)
    {
        if (fields.Count > Profile.FieldsMax)
        {
            throw Invalid(
                "fields", "ERR_TOO_LONG",
                $"There are {fields.Count} fields; a profile has at most {Profile.FieldsMax}");
        }
        foreach (var field in fields)
        {
            if (string.IsNullOrWhiteSpace(field.Name))
                throw Invalid("fields", "ERR_BLANK", "A field has a value and no name");
            CheckLength("fields", "A field's name", field.Name, Profile.FieldCharactersMax);
            CheckLength("fields", "A field's value", field.Value, Profile.FieldCharactersMax);
        }
    }

    private static void CheckDomains(IReadOnlyList<string> domains)
    {
        if (domains.Count > AttributionDomainsMax)
        {
            throw Invalid(
                "attribution_domains", "ERR_TOO_LONG",
                $"There are {domains.Count} attribution domains; the most is {AttributionDomainsMax}");
        }
        foreach (var domain in domains)
        {
            if (domain.Length > DomainCharactersMax || !AccountRules.IsDomain(domain))
            {
                throw Invalid(
                    "attribution_domains", "ERR_INVALID",
                    "An attribution domain is no domain: write it as example.org");
            }
        }
    }

    private static void CheckChoice(string field, string what, string? value, FrozenSet<string> allowed)
    {
        if (value is not null && !allowed.Contains(value))
        {
            throw Invalid(
                field, "ERR_INCLUSION",
                $"{what} is none of {string.Join(", ", allowed.Order(StringComparer.Ordinal))}");
        }
    }

    private static void CheckLanguage(string? code)
    {
        if (code is { Length: > 0 } && (code.Length is < 2 or > 3 || !code.All(char.IsAsciiLetterLower)))
            throw Invalid("language", "ERR_INVALID", "Language is no ISO 639 code such as en");
    }

    private static void CheckLength(string field, string what, string? text, int max)
    {
        if (text is not null && text.EnumerateRunes().Count() > max)
            throw Invalid(field, "ERR_TOO_LONG", $"{what} is too long (maximum is {max} characters)");
    }

    private static ServiceException Invalid(string field, string code, string what) =>
        new(ErrorCode.Invalid, $"Validation failed: {what}") { Field = field, FieldCode = code };
}
