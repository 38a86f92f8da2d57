using Roost.Services.Media;

namespace Roost.Web.Media;

/// <summary>
/// Where pictures are fetched. A picture's address never shows another one, so it may be kept for ever.
/// </summary>
internal static class MediaUrls
{
    public const string Path = "/media";

    public static string Original(MediaItem item, WebOptions options) =>
        $"{options.Root}{Path}/{item.FileKey}/original{item.Original.Extension}";

    public static string Small(MediaItem item, WebOptions options) =>
        $"{options.Root}{Path}/{item.FileKey}/small{item.Small.Extension}";
}
