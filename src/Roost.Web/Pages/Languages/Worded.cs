using Microsoft.AspNetCore.Components;

namespace Roost.Web.Pages.Languages;

/// <summary>A component that speaks the reader's language: what every page and part of one is made of.</summary>
public abstract class Worded : ComponentBase
{
    [CascadingParameter]
    public Language Language { get; set; } = Language.English;

    /// <inheritdoc cref="Language.Text(string)"/>
    protected string T(string english) => Language.Text(english);

    /// <inheritdoc cref="Language.Text(string, ReadOnlySpan{object?})"/>
    protected string T(string english, params ReadOnlySpan<object?> values) => Language.Text(english, values);

    /// <inheritdoc cref="Language.Count"/>
    protected string N(long count, string one, string many) => Language.Count(count, one, many);

    /// <inheritdoc cref="Language.Number(long)"/>
    protected string Number(long value) => Language.Number(value);

    /// <inheritdoc cref="Language.Since"/>
    protected string Since(DateTimeOffset at, DateTimeOffset now) => Language.Since(at, now);
}
