namespace Roost.Web.Pages.Ops;

/// <summary>The client port's configuration in force, by the options' own names and in words.</summary>
internal static class OpsSettings
{
    public static IReadOnlyList<Setting> Of(PageCall call)
    {
        var (options, language) = (call.Options, call.Language);
        var registrations = options.Registrations switch
        {
            Registrations.Open => call.T("anybody"),
            Registrations.Approval => call.T("who is let in"),
            _ => call.T("nobody"),
        };
        var times = options.RateLimits.Times == 0 ? call.T("none") : language.Number(options.RateLimits.Times);
        return
        [
            new("PublicUrl", call.T("Address"), options.PublicUrl.ToString()),
            new("Title", call.T("Name of the server"), options.Title),
            new("Registrations", call.T("Who can join"), registrations),
            new("PostCharactersMax", call.T("Characters of a post, at most"),
                language.Number(options.PostCharactersMax)),
            new("RequestTimeout", call.T("Time for a request, at most"),
                language.Number(options.RequestTimeout.TotalSeconds, 1) + "\u00A0s"),
            new("FragmentCacheBytes", call.T("Memory for posts that are kept rendered"),
                language.Size(options.FragmentCacheBytes)),
            new("StreamQueueBytes", call.T("What waits for a slow stream, at most"),
                language.Size(options.StreamQueueBytes)),
            new("WrongPasswordsMax", call.T("Wrong passwords from an address, at most"),
                language.Number(options.WrongPasswordsMax)),
            new("RateLimits.Times", call.T("Limits on requests, times the usual ones"), times),
            new("Rules", call.T("Rules"), language.Number(options.Community.Rules.Count)),
            new("Version", call.T("Version"), options.Version),
        ];
    }
}
