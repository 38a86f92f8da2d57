using Microsoft.AspNetCore.Http;
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
        var file = await call.Services.Media.Open(new OpenMedia((string)route["key"]!, small), call.Rpc)
            ?? throw Faults.NotFound();
        var response = call.Http.Response;
        response.ContentType = file.Type;
        response.ContentLength = file.Bytes;
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        response.Headers.AccessControlAllowOrigin = "*";
        // Opened by itself it is a picture and nothing else, whatever its bytes could be taken for.
        response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        if (HttpMethods.IsGet(call.Http.Request.Method))
            await response.SendFileAsync(file.Path, call.Http.RequestAborted);
    }
}
