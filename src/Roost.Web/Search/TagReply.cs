using System.Globalization;
using Roost.Engine.Sketches;
using Roost.Engine.Text;
using Roost.Services.Graph;
using Roost.Services.Search;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Search;

/// <summary>A hashtag with its uses of a week, as the client API's Tag entity.</summary>
/// <param name="Id">A number made of its name: tags are nowhere numbered.</param>
/// <param name="Following">By the viewer; null for strangers. So is <paramref name="Featuring"/>.</param>
internal sealed record TagReply(
    string Id, string Name, string Url, IReadOnlyList<DayReply> History, bool? Following, bool? Featuring)
{
    /// <summary>JavaScript's numbers hold 53 bits.</summary>
    private const int UnusedIdBits = 11;

    public static async ValueTask<TagReply[]> OfAsync(IReadOnlyList<TagUses> tags, ApiCall call)
    {
        var ties = call.Viewer.IsNone || tags.Count == 0
            ? null
            : await call.Services.Tags.Of(new GetTagTies(call.Viewer), call.Rpc);
        return [.. tags.Select(tag => Of(tag, call.Site.Options, ties))];
    }

    public static string IdOf(string name) =>
        (KeyHash.Of(Folding.Fold(name)) >> UnusedIdBits).ToString(CultureInfo.InvariantCulture);

    private static TagReply Of(TagUses tag, WebOptions options, TagTies? ties)
    {
        var key = Folding.Fold(tag.Name);
        return new TagReply(
            IdOf(tag.Name), tag.Name,
            PostHtml.TagUrl(tag.Name, options), DayReply.Of(tag.Days), ties?.IsFollowing(key), ties?.IsFeaturing(key));
    }
}

/// <param name="Day">Unix seconds of the day's begin, as text, like both counts.</param>
internal sealed record DayReply(string Day, string Uses, string Accounts)
{
    private const long DaySeconds = 86_400;

    public static DayReply[] Of(IReadOnlyList<DayUse> days) => [.. days.Select(
        day => new DayReply(Text(day.Day * DaySeconds), Text(day.Uses), Text(day.Accounts)))];

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A link with its uses, as the client API's Trends::Link. Where nothing is known of a page, its address has
/// to tell what it is about.</summary>
internal sealed record LinkReply(
    string Url, string Title, string Description, string Type, string AuthorName, string AuthorUrl, string ProviderName,
    string ProviderUrl, string Html, int Width, int Height, string? Image, string EmbedUrl, string? Blurhash,
    IReadOnlyList<string> Authors, IReadOnlyList<DayReply> History)
{
    public static LinkReply Of(LinkUses link, ApiCall call)
    {
        var reply = Of(link);
        if (call.Services.Cards.LookUp(link.Url).Card is not { } card) return reply;
        return reply with
        {
            Title = card.Title,
            Description = card.Description,
            AuthorName = card.AuthorName,
            ProviderName = card.ProviderName.Length > 0 ? card.ProviderName : reply.ProviderName,
            Width = card.Picture?.Width ?? 0,
            Height = card.Picture?.Height ?? 0,
            Image = CardJson.ImageOf(card, call.Site.Options),
            Blurhash = card.Picture?.BlurHash,
        };
    }

    private static LinkReply Of(LinkUses link)
    {
        var isUrl = Uri.TryCreate(link.Url, UriKind.Absolute, out var url);
        var host = isUrl ? url!.Host : link.Url;
        var title = isUrl ? host + url!.PathAndQuery.TrimEnd('/') : link.Url;
        return new LinkReply(
            link.Url, title, "", "link", "", "", host, isUrl ? url!.GetLeftPart(UriPartial.Authority) : "", "", 0, 0,
            null, "", null, [], DayReply.Of(link.Days));
    }
}
