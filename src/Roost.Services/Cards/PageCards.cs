using Roost.Rpc;
using Roost.Services.Media;

namespace Roost.Services.Cards;

/// <summary>Makes a card of a page: fetches it, reads its head, and has Media keep its picture, encoded anew.</summary>
internal sealed class PageCards(Fetcher fetcher, CardsOptions options, MediaApi media)
{
    private static readonly string[] _pages = ["text/html", "application/xhtml+xml"];
    private static readonly string[] _pictures = ["image/"];

    /// <summary>Null when the page cannot be had, or has no title.</summary>
    public async ValueTask<Card?> MakeAsync(string url, Call call)
    {
        var page = await fetcher.GetAsync(url, _pages, options.PageBytesMax, isCut: true, call.Cancellation);
        if (page is null) return null;
        var facts = PageHead.Read(page.Bytes, page.Type.CharSet, page.Robots);
        if (facts.Title.Length == 0) return null;
        return new Card(url, facts.Title, facts.Description)
        {
            AuthorName = facts.AuthorName,
            ProviderName = facts.ProviderName,
            Language = facts.Language,
            PublishedAt = facts.PublishedAt,
            Picture = await PictureAsync(page.Address, facts, call),
        };
    }

    private async ValueTask<CardPicture?> PictureAsync(Uri page, PageFacts facts, Call call)
    {
        if (facts.Picture is null || !Uri.TryCreate(page, facts.Picture, out var address)) return null;
        var picture = await fetcher.GetAsync(
            address.AbsoluteUri, _pictures, options.PictureBytesMax, isCut: false, call.Cancellation);
        if (picture is null) return null;
        try
        {
            var item = await media.Upload(new UploadMedia(default, MediaPurpose.Card, picture.Bytes), call);
            return new CardPicture(
                item.Id, item.FileKey, item.Original.Extension, item.Original.Width, item.Original.Height,
                item.BlurHash, facts.PictureDescription);
        }
        catch (ServiceException refusal) when (refusal.Code is ErrorCode.Invalid or ErrorCode.Overloaded)
        {
            // No picture that we know, or none just now: the card is a card without it.
            return null;
        }
    }
}
