using System.Globalization;
using Roost.Rpc;
using Roost.Web.Pages.Languages;

namespace Roost.Web.Pages.Hiding;

/// <summary>How long mutes and filters hold, as their forms ask for it.</summary>
internal static class Durations
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(36_500);

    /// <summary>Seconds, as text, and what they are in words; 0 for without end.</summary>
    public static IEnumerable<(string Seconds, string Label)> Of(Language language)
    {
        string T(string english) => language.Text(english);
        string N(long count, string one, string many) => language.Count(count, one, many);
        return
        [
            ("0", T("Until I end it")), ("1800", N(30, "1 minute", "{0} minutes")),
            ("3600", N(1, "1 hour", "{0} hours")), ("21600", N(6, "1 hour", "{0} hours")),
            ("86400", N(1, "1 day", "{0} days")),
            ("604800", N(7, "1 day", "{0} days")), ("2592000", N(30, "1 day", "{0} days")),
        ];
    }

    /// <summary>Null for without end.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: none.</exception>
    public static TimeSpan? Read(string seconds)
    {
        if (!long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count > _longest.TotalSeconds)
        {
            throw new ServiceException(ErrorCode.Invalid, "Choose how long it lasts from the list.")
            {
                Field = "expires_in",
            };
        }
        return count == 0 ? null : TimeSpan.FromSeconds(count);
    }
}
