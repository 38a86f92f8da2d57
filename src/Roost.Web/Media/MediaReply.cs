using System.Globalization;
using System.Text.Json;
using Roost.Services.Media;
using Roost.Web.Http;

namespace Roost.Web.Media;

/// <summary>A MediaAttachment of the client API.</summary>
internal sealed record MediaReply(
    string Id, string Type, string Url, string PreviewUrl, string? RemoteUrl, string? PreviewRemoteUrl,
    string? TextUrl, MediaMeta Meta, string? Description, string Blurhash)
{
    public static MediaReply Of(MediaItem item, WebOptions options) => new(
        item.Id.ToString(CultureInfo.InvariantCulture),
        // "gifv" would promise a video: a GIF that moves is a picture to clients.
        "image", MediaUrls.Original(item, options), MediaUrls.Small(item, options), null, null, null,
        new MediaMeta(
            new MediaFocus(item.FocusX, item.FocusY), MediaDimensions.Of(item.Original),
            MediaDimensions.Of(item.Small)),
        item.Description.Length == 0 ? null : item.Description, item.BlurHash);

    /// <summary>Writes the member <c>media_attachments</c> of a post.</summary>
    public static void WriteAll(Utf8JsonWriter json, IReadOnlyList<MediaItem> media, WebOptions options)
    {
        json.WriteStartArray("media_attachments"u8);
        foreach (var item in media)
            JsonSerializer.Serialize(json, Of(item, options), WebJson.Default.MediaReply);
        json.WriteEndArray();
    }
}

internal sealed record MediaMeta(MediaFocus Focus, MediaDimensions Original, MediaDimensions Small);

internal sealed record MediaFocus(double X, double Y);

/// <param name="Size"><c>WIDTHxHEIGHT</c>.</param>
internal sealed record MediaDimensions(int Width, int Height, string Size, double Aspect)
{
    public static MediaDimensions Of(MediaSize size) => new(
        size.Width, size.Height, $"{size.Width}x{size.Height}", (double)size.Width / size.Height);
}
