using System.Text.Json;
using Roost.Services.Cards;
using Roost.Web.Media;

namespace Roost.Web.Rendering;

/// <summary>Writes the client API's PreviewCard entity.</summary>
internal static class CardJson
{
    /// <summary>The member <c>card</c> of a post.</summary>
    public static void Write(Utf8JsonWriter json, Card card, WebOptions options)
    {
        var picture = card.Picture;
        json.WriteStartObject("card"u8);
        json.WriteString("url"u8, card.Url);
        json.WriteString("title"u8, card.Title);
        json.WriteString("description"u8, card.Description);
        json.WriteString("language"u8, card.Language);
        json.WriteString("type"u8, "link"u8);
        json.WriteString("author_name"u8, card.AuthorName);
        json.WriteString("author_url"u8, ""u8);
        json.WriteStartArray("authors"u8);
        json.WriteEndArray();
        json.WriteString("provider_name"u8, card.ProviderName);
        json.WriteString("provider_url"u8, ""u8);
        json.WriteString("html"u8, ""u8);
        json.WriteNumber("width"u8, picture?.Width ?? 0);
        json.WriteNumber("height"u8, picture?.Height ?? 0);
        json.WriteString("image"u8, ImageOf(card, options));
        json.WriteString("image_description"u8, picture?.Description ?? "");
        json.WriteString("embed_url"u8, ""u8);
        json.WriteString("blurhash"u8, picture?.BlurHash);
        json.WriteString("published_at"u8, TimeText.Of(card.PublishedAt));
        json.WriteEndObject();
    }

    /// <summary>Where the picture is, here; null for none.</summary>
    public static string? ImageOf(Card card, WebOptions options) => card.Picture is { } picture
        ? $"{options.Root}{MediaUrls.Path}/{picture.FileKey}/original{picture.Extension}"
        : null;
}
