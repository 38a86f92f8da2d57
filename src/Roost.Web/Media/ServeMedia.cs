using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Web.Http;

namespace Roost.Web.Media;

/// <summary><c>GET /media/KEY/original.jpg</c>: the bytes of a picture, which never change.</summary>
internal static class ServeMedia
{
    public static void Map(ApiRoutes routes) =>
        routes.Get(MediaUrls.Path + "/{key}/{name}", Access.Anyone, RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var route = call.Http.Request.RouteValues;
        var small = ((string)route["name"]!).StartsWith("small.", StringComparison.Ordinal);
        var wanted = new FindMediaFile((string)route["key"]!, small);
        var file = await call.Services.Media.Find(wanted, call.Rpc) ?? throw Faults.NotFound();
        var response = call.Http.Response;
        response.ContentType = file.Type;
        response.ContentLength = file.Bytes;
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        response.Headers.AccessControlAllowOrigin = "*";
        // Opened by itself it is a picture and nothing else, whatever its bytes could be taken for.
        response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        if (!HttpMethods.IsGet(call.Http.Request.Method)) return;
        if (file is MediaFileHere here) await response.SendFileAsync(here.Path, call.Http.RequestAborted);
        else await FetchAsync(call, wanted, file);
    }

    private static async Task FetchAsync(ApiCall call, FindMediaFile wanted, MediaFile file)
    {
        var response = call.Http.Response;
        try
        {
            // However long a client takes for all of it.
            await PictureBytes.CopyAsync(
                call.Services.Media, wanted, file, response.Body, Call.Until(call.Http.RequestAborted));
        }
        catch (ServiceException) when (!response.HasStarted)
        {
            // What is answered instead is not to be kept.
            response.Headers.Remove(HeaderNames.CacheControl);
            throw;
        }
        catch (ServiceException)
        {
            // It was told how long it is: whoever reads it sees that it breaks off.
            call.Http.Abort();
        }
    }
}
