using Roost.Rpc;
using Roost.Services.Media;
using Roost.Web.Http;
using Roost.Web.Media;

namespace Roost.Web.Pages;

/// <summary>The pictures that come with the form for a post. What is good is taken in before anything else is looked
/// at: the form then comes back with it, and nobody has to choose it again.</summary>
internal static class ComposePictures
{
    /// <returns>The draft with the new pictures behind those that it kept, and what is told of the others, and what is
    /// wrong with those, in words that say which each is.</returns>
    public static async ValueTask<(Draft Draft, List<string> Refusals)> TakeAsync(
        PageCall call, Parameters form, Draft draft)
    {
        var pictures = draft.Pictures.ToList();
        var refusals = new List<string>();
        var untaken = new string[MediaLimits.PerPost];
        for (var i = 1; i <= MediaLimits.PerPost; i++)
        {
            var description = (form.Text($"description_{i}") ?? "").Trim();
            untaken[i - 1] = description;
            try
            {
                var content = await MediaUpload.ReadAsync(call.Http, call.Services.Media.Limits, $"picture_{i}");
                if (content is null) continue;
                if (pictures.Count == MediaLimits.PerPost)
                    throw Faults.Invalid($"Validation failed: A post has at most {MediaLimits.PerPost} pictures");
                pictures.Add(await call.Services.Media.Upload(
                    new UploadMedia(call.ViewerId, MediaPurpose.Attachment, content, description), call.Rpc));
                untaken[i - 1] = "";
            }
            catch (ServiceException e) when (e.Code == ErrorCode.Invalid)
            {
                refusals.Add(call.T("Picture {0}: {1}", i, call.InWords(e)));
            }
        }
        return (draft with { Pictures = pictures, Untaken = untaken }, refusals);
    }
}
