using System.Net;
using System.Net.Http.Headers;
using Roost.Services.Search;
using Roost.Tests.Services.Media;
using Roost.Tests.Services.Timelines;
using Roost.Tests.Web.Conformance;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Posts with pictures over the client API of a whole server.</summary>
public sealed class PostMediaTests : IAsyncLifetime
{
    private static readonly string[] _none = [];

    private PopulatedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PopulatedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_post_tells_all_about_its_pictures()
    {
        var media = await UploadAsync("The sun");

        var post = await _server.WriteAsync("post", new { status = "", media_ids = new[] { media }, sensitive = true });

        Assert.Equal("", post.Json.GetProperty("content").GetString());
        Assert.True(post.Json.GetProperty("sensitive").GetBoolean());
        var item = Assert.Single(post.Json.GetProperty("media_attachments").EnumerateArray());
        Assert.Equal(media, item.GetProperty("id").GetString());
        Assert.Equal("image", item.GetProperty("type").GetString());
        Assert.Equal("The sun", item.GetProperty("description").GetString());
        Assert.InRange(item.GetProperty("blurhash").GetString()!.Length, 20, 40);
        foreach (var size in (string[])["original", "small"])
        {
            var told = item.GetProperty("meta").GetProperty(size);
            Assert.Equal($"{told.GetProperty("width")}x{told.GetProperty("height")}", told.GetProperty("size").GetString());
            Assert.Equal(1.5, told.GetProperty("aspect").GetDouble(), 2);
        }
        foreach (var name in (string[])["url", "preview_url"])
        {
            var url = new Uri(item.GetProperty(name).GetString()!);
            Assert.Equal(HttpStatusCode.OK, (await _server.GetAsync(url.PathAndQuery, null)).Status);
        }
    }

    [Fact]
    public async Task A_description_shows_on_the_next_home_page_before_and_after_it_was_posted()
    {
        var media = await UploadAsync("The sun");
        await _server.PutAsync($"/api/v1/media/{media}", new { description = "A red sun" });
        await _server.WriteAsync("post", new { status = "look", media_ids = new[] { media } });
        Assert.Equal("A red sun", await DescriptionAtHomeAsync());

        (await _server.PutAsync($"/api/v1/media/{media}", new { description = "A blue sun", focus = "0.5,0.5" }))
            .Is(HttpStatusCode.OK);
        Assert.Equal("A blue sun", await DescriptionAtHomeAsync());
        (await _server.PutAsync($"/api/v1/statuses/{_server["post"]}", new
        {
            status = "look",
            media_ids = new[] { media },
            media_attributes = new object[] { new { id = media, description = "No sun" } },
        })).Is(HttpStatusCode.OK);

        Assert.Equal("No sun", await DescriptionAtHomeAsync());
        Assert.Contains("\"x\":0.5", (await _server.GetAsync($"/api/v1/statuses/{_server["post"]}")).Body);
        (await _server.PutAsync($"/api/v1/media/{media}", new { description = "mine" }, "bob")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_edit_that_names_no_pictures_takes_them_out_and_no_warning_ends_it()
    {
        var media = await UploadAsync("The sun");
        await _server.WriteAsync("post", new { status = "look", spoiler_text = "sun", media_ids = new[] { media } });

        var kept = await _server.PutAsync($"/api/v1/statuses/{_server["post"]}", new
        {
            status = "look!",
            spoiler_text = "sun",
            media_ids = new[] { media },
        });
        var without = await _server.PutAsync($"/api/v1/statuses/{_server["post"]}", new { status = "look!" });

        Assert.Equal(1, kept.Json.GetProperty("media_attachments").GetArrayLength());
        Assert.Equal("sun", kept.Json.GetProperty("spoiler_text").GetString());
        Assert.Equal(0, without.Json.GetProperty("media_attachments").GetArrayLength());
        Assert.Equal("", without.Json.GetProperty("spoiler_text").GetString());
        Assert.False(without.Json.GetProperty("sensitive").GetBoolean());
        (await _server.PutAsync($"/api/v1/statuses/{_server["post"]}", new { sensitive = true }))
            .Is(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Timelines_of_media_have_posts_with_pictures_only()
    {
        await _server.WriteAsync("words", new { status = "only words #sun" });
        await _server.WriteAsync("post", new { status = "look #sun", media_ids = new[] { await UploadAsync("") } });
        await _server.PostAsync($"/api/v1/statuses/{_server["words"]}/reblog");
        await _server.Node.Search.Ingested(new AwaitIngest(), TestNetwork.Call);

        foreach (var path in (string[])
            ["timelines/public", $"accounts/{_server["alice.id"]}/statuses", "timelines/tag/sun"])
        {
            var found = (await _server.GetAsync($"/api/v1/{path}?only_media=true")).Json.EnumerateArray();
            Assert.Equal([_server["post"]], found.Select(post => post.GetProperty("id").GetString()));
        }
        var search = await _server.GetAsync("/api/v2/search?q=has:media&type=statuses");
        Assert.Single(search.Json.GetProperty("statuses").EnumerateArray());

        await _server.PutAsync($"/api/v1/statuses/{_server["post"]}", new { status = "look", media_ids = _none });
        foreach (var path in (string[])["timelines/public", $"accounts/{_server["alice.id"]}/statuses"])
            Assert.Equal("[]", (await _server.GetAsync($"/api/v1/{path}?only_media=true")).Body);
    }

    [Fact]
    public async Task What_cannot_be_attached_is_refused_with_a_reason()
    {
        var media = await UploadAsync("");
        await _server.WriteAsync("post", new { status = "look", media_ids = new[] { media } });

        foreach (var ids in (string[][])[[media], ["999"], ["x"], ["1", "1"], ["1", "2", "3", "4", "5"]])
        {
            var refused = await _server.PostAsync("/api/v1/statuses", new { status = "look", media_ids = ids });
            refused.Is(HttpStatusCode.UnprocessableEntity);
            Assert.StartsWith("Validation failed", refused.Json.GetProperty("error").GetString());
        }
        (await _server.PostAsync("/api/v1/statuses", new { status = "", media_ids = _none }))
            .Is(HttpStatusCode.UnprocessableEntity);
        (await _server.DeleteAsync($"/api/v1/media/{media}")).Is(HttpStatusCode.UnprocessableEntity);
        var mixed = await _server.SendAsync(
            HttpMethod.Put, $"/api/v1/statuses/{_server["post"]}", "alice", WebHost.FormOf(
                ("media_attributes[][id]", media), ("media_attributes[][id]", "2"), ("media_attributes[][description]", "x")));
        mixed.Is(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_post_can_be_deleted_and_written_anew_with_its_pictures()
    {
        var media = await UploadAsync("The sun");
        await _server.WriteAsync("post", new { status = "lokk", media_ids = new[] { media } });

        var deleted = await _server.DeleteAsync($"/api/v1/statuses/{_server["post"]}");
        var again = await _server.WriteAsync("again", new { status = "look", media_ids = new[] { media } });

        Assert.Equal(media, deleted.Json.GetProperty("media_attachments")[0].GetProperty("id").GetString());
        Assert.Single(again.Json.GetProperty("media_attachments").EnumerateArray());
        (await _server.DeleteAsync($"/api/v1/statuses/{_server["again"]}?delete_media=true")).Is(HttpStatusCode.OK);
        (await _server.PostAsync("/api/v1/statuses", new { status = "look", media_ids = new[] { media } }))
            .Is(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Instances_tell_how_many_pictures_a_post_can_have()
    {
        foreach (var version in (string[])["v1", "v2"])
        {
            var told = (await _server.GetAsync($"/api/{version}/instance")).Json.GetProperty("configuration");
            Assert.Equal(4, told.GetProperty("statuses").GetProperty("max_media_attachments").GetInt32());
        }
    }

    private async Task<string?> DescriptionAtHomeAsync()
    {
        var home = await _server.GetAsync("/api/v1/timelines/home");
        return home.Json[0].GetProperty("media_attachments")[0].GetProperty("description").GetString();
    }

    private async Task<string> UploadAsync(string description)
    {
        var picture = new ByteArrayContent(Pictures.TwoHalves(60, 40, SKEncodedImageFormat.Png));
        picture.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        var form = new MultipartFormDataContent
        {
            { picture, "file", "sun.png" },
            { new StringContent(description), "description" },
        };
        var reply = await _server.SendAsync(HttpMethod.Post, "/api/v2/media", "alice", form);
        reply.Is(HttpStatusCode.OK);
        return reply.Json.GetProperty("id").GetString()!;
    }
}
