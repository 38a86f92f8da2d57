using Microsoft.AspNetCore.Components;
using Roost.Services.Community;
using Roost.Services.Users;
using Roost.Web.Rendering;

namespace Roost.Web.Pages.Languages;

/// <summary>A component that speaks the reader's language: what every page and part of one is made of.</summary>
public abstract class Worded : ComponentBase
{
    [CascadingParameter]
    public Language Language { get; set; } = Language.English;

    /// <summary>What people write between colons, and see as pictures.</summary>
    [CascadingParameter]
    public EmojiSet Emojis { get; set; } = EmojiSet.Empty;

    /// <summary>What an account calls itself.</summary>
    protected MarkupString NameOf(Account account)
    {
        ArgumentNullException.ThrowIfNull(account);
        return Plain(account.DisplayName.Length > 0 ? account.DisplayName : account.Username);
    }

    /// <summary>Text as it is, but for its emojis.</summary>
    protected MarkupString Plain(string text) => new(PostHtml.RenderPlain(text, Emojis));

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
