using System.Globalization;

namespace Roost.Web.Pages.Ops;

/// <summary>The client port's configuration in force, by the options' own names.</summary>
internal static class OpsSettings
{
    public static IReadOnlyList<(string Name, string Value)> Of(WebOptions options) =>
    [
        ("PublicUrl", options.PublicUrl.ToString()),
        ("Title", options.Title),
        ("Registrations", options.Registrations.ToString()),
        ("PostCharactersMax", Text(options.PostCharactersMax)),
        ("RequestTimeout", options.RequestTimeout.ToString("c", CultureInfo.InvariantCulture)),
        ("FragmentCacheBytes", Text(options.FragmentCacheBytes)),
        ("StreamQueueBytes", Text(options.StreamQueueBytes)),
        ("WrongPasswordsMax", Text(options.WrongPasswordsMax)),
        ("RateLimits.Times", Text(options.RateLimits.Times)),
        ("Rules", Text(options.Community.Rules.Count)),
        ("Version", options.Version),
    ];

    private static string Text(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
