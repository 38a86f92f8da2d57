using Roost.Rpc;

namespace Roost.Services;

/// <summary>Checks of what people write into one field of a form, and how a refusal names it.</summary>
internal static class FieldRules
{
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it has more characters.</exception>
    public static void CheckLength(string field, string what, string? text, int max)
    {
        if (text is not null && text.EnumerateRunes().Count() > max)
            throw Invalid(field, "ERR_TOO_LONG", $"{what} is too long (maximum is {max} characters)");
    }

    /// <param name="code">ISO 639, or empty for none.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it is no such code.</exception>
    public static void CheckLanguage(string? code)
    {
        if (code is { Length: > 0 } && (code.Length is < 2 or > 3 || !code.All(char.IsAsciiLetterLower)))
            throw Invalid("language", "ERR_INVALID", "Language is no ISO 639 code such as en");
    }

    /// <param name="field">As the client API names it.</param>
    /// <param name="code">What is wrong, as the client API names it.</param>
    public static ServiceException Invalid(string field, string code, string what) =>
        new(ErrorCode.Invalid, $"Validation failed: {what}") { Field = field, FieldCode = code };
}
