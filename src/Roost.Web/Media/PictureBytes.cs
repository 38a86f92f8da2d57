using Roost.Rpc;
using Roost.Services.Media;

namespace Roost.Web.Media;

/// <summary>The bytes of a picture, in whichever process they are.</summary>
internal static class PictureBytes
{
    /// <param name="file">As <paramref name="of"/> found it.</param>
    /// <param name="call">Its deadline, if it has one, is that of all parts together.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.NotFound"/>: the picture has been removed meanwhile.
    /// Others of Media's. Some of it may have been written by then.</exception>
    public static async Task CopyAsync(MediaApi media, FindMediaFile of, MediaFile file, Stream to, Call call)
    {
        if (file is MediaFileHere here)
        {
            await using var content = File.OpenRead(here.Path);
            await content.CopyToAsync(to, call.Cancellation);
            return;
        }
        for (var from = 0L; from < file.Bytes;)
        {
            var part = await media.Part(new GetMediaPart(of.FileKey, of.Small, from), call);
            if (part is null or { Content.IsEmpty: true })
                throw new ServiceException(ErrorCode.NotFound, "The picture has been removed.");
            await to.WriteAsync(part.Content, call.Cancellation);
            from += part.Content.Length;
        }
    }
}
