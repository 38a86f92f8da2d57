using System.Globalization;
using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Search;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Tags;

/// <summary>A hashtag on somebody's profile, as the client API's FeaturedTag entity.</summary>
/// <param name="StatusesCount">Of the account's public posts, as text.</param>
/// <param name="LastStatusAt">A day, or null.</param>
internal sealed record FeaturedTagReply(string Id, string Name, string Url, string StatusesCount, string? LastStatusAt)
{
    public static async ValueTask<FeaturedTagReply> OfAsync(ApiCall call, AccountId account, TagTie tie)
    {
        var uses = await call.Services.Search.CountTagged(new CountTagged(account, tie.Key), call.Rpc);
        return new FeaturedTagReply(
            tie.Id.ToString(CultureInfo.InvariantCulture), tie.Name, PostHtml.TagUrl(tie.Name, call.Site.Options),
            uses.Posts.ToString(CultureInfo.InvariantCulture),
            uses.LastOn?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
    }
}
