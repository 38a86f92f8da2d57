using Roost.Services.Filters;
using Roost.Web.Filters;
using Roost.Web.Pages.Languages;

namespace Roost.Web.Pages.Hiding;

/// <summary>Where filters hold and what they do, in the reader's words.</summary>
internal static class FilterWords
{
    /// <summary>Every context, with its name in forms.</summary>
    public static IEnumerable<(FilterContexts Context, string Name, string Label)> Contexts(Language language) =>
        Enum.GetValues<FilterContexts>().Where(one => one != FilterContexts.None)
            .Select(one => (one, FilterNames.Of(one)[0], Label(one, language)));

    /// <summary>Those that are among the given ones.</summary>
    public static IEnumerable<string> Of(FilterContexts contexts, Language language) =>
        Contexts(language).Where(one => contexts.HasFlag(one.Context)).Select(one => one.Label);

    public static string Of(FilterAction action, Language language)
    {
        string T(string english) => language.Text(english);
        return action switch
        {
            FilterAction.Hide => T("left out"),
            FilterAction.Blur => T("pictures behind a warning"),
            _ => T("folded, with the filter's name"),
        };
    }

    private static string Label(FilterContexts context, Language language)
    {
        string T(string english) => language.Text(english);
        return context switch
        {
            FilterContexts.Home => T("home and lists"),
            FilterContexts.Notifications => T("notifications"),
            FilterContexts.Public => T("public timelines, hashtags and search"),
            FilterContexts.Thread => T("threads"),
            _ => T("profiles"),
        };
    }
}
