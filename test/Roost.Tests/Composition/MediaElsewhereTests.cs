using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Rpc;
using Roost.Tests.Services.Media;
using Roost.Web;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Composition;

/// <summary>The Media service on its own, and all else in a node that calls it over the network.</summary>
public sealed class MediaElsewhereTests : IDisposable
{
    private static readonly byte[] _picture = Pictures.Noise(320, 200, SKEncodedImageFormat.Png);

    private readonly string _media = Directory.CreateTempSubdirectory("roost-test-").FullName;
    private readonly string _rest = Directory.CreateTempSubdirectory("roost-test-").FullName;
    private readonly HttpClient _http = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_media, recursive: true);
        Directory.Delete(_rest, recursive: true);
    }

    [Fact]
    public async Task Pictures_are_served_over_two_processes_as_by_one()
    {
        await using var media = await ServeAsync();
        await using var server = await StartAsync(media.Url);
        await JoinAsync(server);

        var item = await UploadAsync();
        var url = item.GetProperty("url").GetString()!;
        using var reply = await _http.GetAsync(url, Ct);
        var bytes = await reply.Content.ReadAsByteArrayAsync(Ct);
        using var head = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Head, url), Ct);
        using var none = await _http.GetAsync(url.Replace("/media/", "/media/a", StringComparison.Ordinal), Ct);

        var kept = Directory.EnumerateFiles(_media, "original.png", SearchOption.AllDirectories).Single();
        Assert.Equal(await File.ReadAllBytesAsync(kept, Ct), bytes);
        foreach (var one in (HttpResponseMessage[])[reply, head])
        {
            Assert.Equal(HttpStatusCode.OK, one.StatusCode);
            Assert.Equal("image/png", one.Content.Headers.ContentType!.MediaType);
            Assert.Equal(bytes.Length, one.Content.Headers.ContentLength);
            Assert.Equal("public, max-age=31536000, immutable", one.Headers.CacheControl!.ToString());
            Assert.Equal("default-src 'none'; sandbox", one.Headers.GetValues("Content-Security-Policy").Single());
        }
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        Assert.False(Path.Exists(Path.Combine(_rest, "media.db")) || Path.Exists(Path.Combine(_rest, "media")));

        await PostAsync("look", item);
        var account = (await server.Node.Users.Find(new(["ada"]), Call.Until(Ct)))[0]!;
        using var zipped = new MemoryStream();
        var archive = new Roost.Web.Settings.AccountArchive(server.Node.Web, new WebOptions { PublicUrl = server.Url });
        Assert.Equal((1, 1), await archive.WriteAsync(account, zipped, Call.Until(Ct)));
        using var zip = new ZipArchive(zipped);
        using var inside = new MemoryStream();
        await using (var content = await zip.Entries.Single(entry => entry.Name == "original.png").OpenAsync(Ct))
            await content.CopyToAsync(inside, Ct);
        Assert.Equal(bytes, inside.ToArray());
    }

    [Fact]
    public async Task While_it_is_away_all_but_pictures_goes_on_and_these_come_back_by_themselves()
    {
        var media = await ServeAsync();
        var address = media.Url;
        await using var server = await StartAsync(address);
        await JoinAsync(server);
        var (shown, waiting) = (await UploadAsync(), await UploadAsync());
        await PostAsync("look", shown);

        await media.DisposeAsync();
        using (var refused = await SendAsync())
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal("application/json", refused.Content.Headers.ContentType!.MediaType);
        }
        using (var picture = await _http.GetAsync(shown.GetProperty("url").GetString(), Ct))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, picture.StatusCode);
            Assert.True(picture.Headers.CacheControl!.NoStore);
        }
        await PostAsync("only words");
        using (var unposted = await TryPostAsync("look again", waiting))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, unposted.StatusCode);
        var home = await HomeAsync();
        Assert.Equal([0, 1], home.Select(post => post.GetProperty("media_attachments").GetArrayLength()));
        Assert.Equal(
            shown.GetProperty("url").GetString(),
            home[1].GetProperty("media_attachments")[0].GetProperty("url").GetString());
        using (var deleted = await _http.DeleteAsync(At($"/api/v1/statuses/{home[1].GetProperty("id")}"), Ct))
            Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);

        await using var again = await ServeAsync(address.ToString());
        await ComesBackAsync(SendAsync);
        await ComesBackAsync(() => TryPostAsync("look again", waiting));
        // The deletion was told of meanwhile, or is waited for: the picture can be posted again.
        await ComesBackAsync(() => TryPostAsync("and again", shown));
    }

    [Fact]
    public async Task Who_starts_first_does_not_matter_and_what_was_written_meanwhile_is_told_then()
    {
        using var port = ClientPort.Bind("http://127.0.0.1:0");
        var address = port.Url;
        port.Dispose();

        await using (var server = await StartAsync(address))
        {
            await JoinAsync(server);
            await PostAsync("only words");
            await using var media = await ServeAsync(address.ToString());
            await ComesBackAsync(SendAsync);
            var item = await UploadAsync();
            await ComesBackAsync(() => TryPostAsync("look", item));
        }

        await using var alone = await StartAsync(address);
        _http.DefaultRequestHeaders.Authorization = null;
        await JoinAsync(alone, "ben");
        await PostAsync("words again");
        await using var late = await ServeAsync(address.ToString());
        await ComesBackAsync(SendAsync);
        var other = await UploadAsync();
        await ComesBackAsync(() => TryPostAsync("look", other));
    }

    [Fact]
    public async Task Pictures_here_and_there_are_not_mixed_up()
    {
        await using var media = await ServeAsync();
        await using (var own = await Server.StartAsync(
            new NodeOptions(_rest), "http://127.0.0.1:0", url => new WebOptions { PublicUrl = url }, LogLevel.Critical,
            Ct))
        {
            Assert.Empty(own.Node.Called);
        }

        var has = await Assert.ThrowsAsync<ServiceException>(() => StartAsync(media.Url));
        Assert.Equal(ErrorCode.Conflict, has.Code);
        Assert.Contains("has a media.db of its own", has.Message, StringComparison.Ordinal);

        var other = Path.Combine(_rest, "other");
        await using (var elsewhere = await StartAsync(media.Url, other))
            Assert.Equal("media", Assert.Single(elsewhere.Node.Called).Name);
        var hasNone = await Assert.ThrowsAsync<ServiceException>(
            () => Server.StartAsync(
                new NodeOptions(other), "http://127.0.0.1:0", url => new WebOptions { PublicUrl = url },
                LogLevel.Critical, Ct));
        Assert.Equal(ErrorCode.Conflict, hasNone.Code);
        Assert.Contains("'roost serve media'", hasNone.Message, StringComparison.Ordinal);
    }

    private Task<RoleServer> ServeAsync(string listen = "http://127.0.0.1:0") =>
        RoleServer.StartAsync(Role.Media, new(_media, listen, []), admin: null, Ct);

    private Task<Server> StartAsync(Uri media, string? directory = null) => Server.StartAsync(
        new NodeOptions(directory ?? _rest) { MediaElsewhere = new([media], []) }, "http://127.0.0.1:0",
        url => new WebOptions { PublicUrl = url }, LogLevel.Critical, Ct);

    private Uri At(string path) => new(_server!, path);

    private Uri? _server;

    private async Task JoinAsync(Server server, string name = "ada")
    {
        _server = server.Url;
        var made = await server.Node.Users.Create(
            new(name, $"{name}@example.org", "correct horse battery", new(0, "read write follow")), Call.Until(Ct));
        Assert.Empty(made.Errors);
        _http.DefaultRequestHeaders.Authorization = new("Bearer", made.Token!.Value);
    }

    private async Task<HttpResponseMessage> SendAsync()
    {
        using var form = new MultipartFormDataContent();
        using var file = new ByteArrayContent(_picture);
        file.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        form.Add(file, "file", "noise.png");
        return await _http.PostAsync(At("/api/v2/media"), form, Ct);
    }

    private async Task<JsonElement> UploadAsync()
    {
        using var reply = await SendAsync();
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        return await reply.Content.ReadFromJsonAsync<JsonElement>(Ct);
    }

    private Task<HttpResponseMessage> TryPostAsync(string text, params JsonElement[] pictures) =>
        _http.PostAsJsonAsync(
            At("/api/v1/statuses"),
            new { status = text, media_ids = pictures.Select(item => item.GetProperty("id").GetString()) }, Ct);

    private async Task PostAsync(string text, params JsonElement[] pictures)
    {
        using var reply = await TryPostAsync(text, pictures);
        Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync(Ct));
    }

    private async Task<JsonElement[]> HomeAsync() =>
        (await _http.GetFromJsonAsync<JsonElement[]>(At("/api/v1/timelines/home"), Ct))!;

    private static async Task ComesBackAsync(Func<Task<HttpResponseMessage>> ask)
    {
        HttpStatusCode status;
        do
        {
            using var reply = await ask();
            status = reply.StatusCode;
        }
        while (status == HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, status);
    }
}
