using System.Text.Json.Serialization;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Accounts;

internal sealed record Preferences(
    [property: JsonPropertyName("posting:default:visibility")] string Visibility,
    [property: JsonPropertyName("posting:default:sensitive")] bool Sensitive,
    [property: JsonPropertyName("posting:default:language")] string? Language,
    [property: JsonPropertyName("posting:default:quote_policy")] string QuotePolicy,
    [property: JsonPropertyName("reading:expand:media")] string ExpandMedia,
    [property: JsonPropertyName("reading:expand:spoilers")] bool ExpandSpoilers,
    [property: JsonPropertyName("reading:autoplay:gifs")] bool AutoplayGifs);

/// <summary><c>GET /api/v1/preferences</c>: the choices that clients start from.</summary>
internal static class GetPreferences
{
    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/preferences", Access.User("read:accounts"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var account = (await call.Services.Users.Get(new GetAccounts([call.Viewer]), call.Rpc))[0]
            ?? throw Faults.NotFound();
        var (posting, reading) = (account.Profile.Posting, account.Profile.Reading);
        await call.ReplyAsync(
            new Preferences(
                posting.Privacy, posting.Sensitive, posting.Language, posting.QuotePolicy, reading.ExpandMedia,
                reading.ExpandSpoilers, reading.AutoplayGifs),
            WebJson.Default.Preferences);
    }
}
