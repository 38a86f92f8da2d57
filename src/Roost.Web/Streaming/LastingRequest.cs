using Microsoft.AspNetCore.Http;

namespace Roost.Web.Streaming;

/// <summary>A request that lasts as long as its reader does, for hours.</summary>
internal static class LastingRequest
{
    /// <summary>Lets go of what it came with, which browsers send a kilobyte and more of, once that has been heeded.
    /// The connection has it all until the next request.</summary>
    public static void Forget(HttpContext http)
    {
        http.Request.Headers.Clear();
        http.Request.Query = QueryCollection.Empty;
    }
}
