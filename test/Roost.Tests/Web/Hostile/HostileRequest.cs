using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Routing;

namespace Roost.Tests.Web.Hostile;

/// <summary>A request to one of the server's routes that is wrong in one way or in many.</summary>
internal static class HostileRequest
{
    private const int BodyBytesMax = 3 << 20;

    private static readonly byte[] _png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
    private static readonly UriCreationOptions _asWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public static HttpRequestMessage Make(Uri server, RouteEndpoint route, HostileValues values, Func<string?> token)
    {
        var methods = route.Metadata.OfType<HttpMethodMetadata>().SelectMany(one => one.HttpMethods).ToList();
        var method = methods.Count == 0 || values.Chance(0.02)
            ? values.One(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "BREW"])
            : values.One(methods);
        var path = string.Join('/', route.RoutePattern.RawText!.Split('/')
            .Select(part => part.Contains('{') ? values.PathPart() : part));
        var query = values.Query();
        var url = $"{server.GetLeftPart(UriPartial.Authority)}/{path.TrimStart('/')}{(query.Length > 0 ? "?" : "")}{query}";
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(url, _asWritten));
        if (token() is { } known) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {known}");
        if (values.Chance(0.1))
            request.Headers.TryAddWithoutValidation("Idempotency-Key", InHeader(values.Text()));
        if (values.Chance(0.05)) request.Headers.TryAddWithoutValidation("Range", "bytes=9999999999-");
        if (values.Chance(0.05)) request.Headers.TryAddWithoutValidation("If-None-Match", InHeader(values.Text()));
        if (values.Chance(0.05)) request.Headers.TryAddWithoutValidation("Cookie", $"roost={InHeader(values.Text())}");
        if (values.Chance(0.05)) request.Headers.TryAddWithoutValidation("Accept-Language", InHeader(values.Text()));
        if (method is not ("GET" or "HEAD") || values.Chance(0.02)) request.Content = Body(values);
        return request;
    }

    private static HttpContent? Body(HostileValues values) => values.Random.Next(12) switch
    {
        0 => null,
        1 => Typed(new byte[values.Random.Next(BodyBytesMax)], values.One(
            ["application/json", "application/x-www-form-urlencoded", "image/png", "text/html", "nonsense"])),
        2 => Typed(
            [.. "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nno end"u8],
            values.One(["multipart/form-data; boundary=x", "multipart/form-data", "multipart/form-data; boundary=y"])),
        3 => Multipart(values),
        4 or 5 or 6 => Typed(Encoding.UTF8.GetBytes(values.Query()), "application/x-www-form-urlencoded"),
        _ => Typed(values.Json(), values.Chance(0.9) ? "application/json" : "application/json; charset=utf-16"),
    };

    private static MultipartFormDataContent Multipart(HostileValues values)
    {
        var form = new MultipartFormDataContent("border");
        for (var i = values.Random.Next(1, 6); i > 0; i--)
        {
            var bytes = new byte[values.Random.Next(1 << values.Random.Next(18))];
            values.Random.NextBytes(bytes);
            if (values.Chance(0.3) && bytes.Length >= _png.Length) _png.CopyTo(bytes, 0);
            var part = new ByteArrayContent(bytes);
            part.Headers.TryAddWithoutValidation("Content-Type", values.One(["image/png", "image/jpeg", "video/mp4", "x/y", ""]));
            var name = values.Chance(0.5) ? values.One(["file", "avatar", "header", "thumbnail"]) : "status";
            part.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = $"\"{name}\"" };
            if (values.Chance(0.7)) part.Headers.ContentDisposition.FileName = "\"picture.png\"";
            form.Add(part);
        }
        return form;
    }

    private static ByteArrayContent Typed(byte[] bytes, string type)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    private static string InHeader(string text) =>
        new([.. text.Where(letter => letter is >= ' ' and <= '~').Take(4_000)]);
}
