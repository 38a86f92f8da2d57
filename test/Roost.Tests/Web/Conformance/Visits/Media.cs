using System.Net.Http.Headers;
using Roost.Tests.Services.Media;
using SkiaSharp;

namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>Pictures.</summary>
internal static class Media
{
    public static IReadOnlyList<Visit> All { get; } =
    [
        new("POST /api/v2/media", async server => server.Keep("media", await UploadAsync(server, "/api/v2/media"))),
        new("POST /api/v1/media", async server => server.Keep("unused", await UploadAsync(server, "/api/v1/media"))),
        new("GET /api/v1/media/{id}", server => server.GetAsync($"/api/v1/media/{server["media"]}")),
        new("PUT /api/v1/media/{id}", server => server.PutAsync(
            $"/api/v1/media/{server["media"]}", new { description = "The sun over the sea", focus = "0.5,-0.25" })),
        new("DELETE /api/v1/media/{id}", server => server.DeleteAsync($"/api/v1/media/{server["unused"]}")),
    ];

    public static Task<Reply> UploadAsync(PopulatedServer server, string path)
    {
        var picture = new ByteArrayContent(Pictures.TwoHalves(640, 480, SKEncodedImageFormat.Jpeg));
        picture.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
        var form = new MultipartFormDataContent
        {
            { picture, "file", "sun.jpg" },
            { new StringContent("The sun"), "description" },
        };
        return server.SendAsync(HttpMethod.Post, path, "alice", form);
    }
}
