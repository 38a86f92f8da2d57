using System.Globalization;
using Roost.Engine.Sketches;
using Roost.Engine.Text;
using Roost.Services.Search;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Search;

/// <summary>A hashtag with its uses of a week, as the client API's Tag entity.</summary>
/// <param name="Id">A number made of its name: tags are nowhere numbered.</param>
/// <param name="Following">Null for strangers; nobody can follow hashtags here.</param>
internal sealed record TagReply(string Id, string Name, string Url, IReadOnlyList<DayReply> History, bool? Following)
{
    /// <summary>JavaScript's numbers hold 53 bits.</summary>
    private const int UnusedIdBits = 11;

    public static TagReply Of(TagUses tag, ApiCall call) => new(
        (KeyHash.Of(Folding.Fold(tag.Name)) >> UnusedIdBits).ToString(CultureInfo.InvariantCulture), tag.Name,
        PostHtml.TagUrl(tag.Name, call.Site.Options), DayReply.Of(tag.Days), call.Viewer.IsNone ? null : false);

    public static TagReply[] Of(TagUses[] tags, ApiCall call) => Array.ConvertAll(tags, tag => Of(tag, call));
}

/// <param name="Day">Unix seconds of the day's begin, as text, like both counts.</param>
internal sealed record DayReply(string Day, string Uses, string Accounts)
{
    private const long DaySeconds = 86_400;

    public static DayReply[] Of(IReadOnlyList<DayUse> days) => [.. days.Select(
        day => new DayReply(Text(day.Day * DaySeconds), Text(day.Uses), Text(day.Accounts)))];

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A link with its uses, as the client API's Trends::Link: what a page is about, its address has to
/// tell.</summary>
internal sealed record LinkReply(
    string Url, string Title, string Description, string Type, string AuthorName, string AuthorUrl, string ProviderName,
    string ProviderUrl, string Html, int Width, int Height, string? Image, string EmbedUrl, string? Blurhash,
    IReadOnlyList<string> Authors, IReadOnlyList<DayReply> History)
{
    public static LinkReply Of(LinkUses link)
    {
        var isUrl = Uri.TryCreate(link.Url, UriKind.Absolute, out var url);
        var host = isUrl ? url!.Host : link.Url;
        var title = isUrl ? host + url!.PathAndQuery.TrimEnd('/') : link.Url;
        return new LinkReply(
            link.Url, title, "", "link", "", "", host, isUrl ? url!.GetLeftPart(UriPartial.Authority) : "", "", 0, 0,
            null, "", null, [], DayReply.Of(link.Days));
    }
}
