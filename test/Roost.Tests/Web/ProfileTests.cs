using System.Net;
using System.Text;
using System.Text.Json;
using Roost.Tests.Services.Media;
using Roost.Tests.Web.Conformance;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Profiles and the choices in them, over the client API of a whole server.</summary>
public sealed class ProfileTests : IAsyncLifetime
{
    private const string Own = "/api/v1/accounts/update_credentials";

    private PopulatedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PopulatedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task What_is_wrong_with_a_profile_is_told_by_its_field()
    {
        var name = await _server.PatchAsync(Own, new { display_name = new string('x', 31) });
        var fields = await _server.PatchAsync(Own, new { fields_attributes = new[] { new { name = "", value = "x" } } });

        name.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Equal(
            "Validation failed: Display name is too long (maximum is 30 characters)",
            name.Json.GetProperty("error").GetString());
        var detail = name.Json.GetProperty("details").GetProperty("display_name")[0];
        Assert.Equal("ERR_TOO_LONG", detail.GetProperty("error").GetString());
        Assert.Equal(
            "Display name is too long (maximum is 30 characters)", detail.GetProperty("description").GetString());
        Assert.Equal(
            "ERR_BLANK",
            fields.Json.GetProperty("details").GetProperty("fields")[0].GetProperty("error").GetString());
    }

    [Fact]
    public async Task Pictures_are_cut_to_their_shape_served_and_seen_at_once_on_posts_that_were_shown_before()
    {
        await _server.WriteAsync("post", new { status = "before" });
        var before = await PostAsync();
        Assert.EndsWith("/assets/avatar.png", before.GetProperty("account").GetProperty("avatar").GetString());

        var reply = await SendPicturesAsync(
            ("avatar", Pictures.TwoHalves(900, 600, SKEncodedImageFormat.Jpeg)),
            ("header", Pictures.TwoHalves(640, 640, SKEncodedImageFormat.Png)));

        reply.Is(HttpStatusCode.OK);
        var avatar = reply.Json.GetProperty("avatar").GetString()!;
        Assert.Equal(avatar, (await PostAsync()).GetProperty("account").GetProperty("avatar").GetString());
        Assert.Equal((400, 400), await SizeAsync(avatar));
        Assert.Equal((640, 213), await SizeAsync(reply.Json.GetProperty("header").GetString()!));

        (await SendPicturesAsync(("avatar", Pictures.TwoHalves(50, 50, SKEncodedImageFormat.Png))))
            .Is(HttpStatusCode.OK);
        (await _server.GetAsync(new Uri(avatar).AbsolutePath)).Is(HttpStatusCode.NotFound);

        (await _server.DeleteAsync("/api/v1/profile/avatar")).Is(HttpStatusCode.OK);
        var bare = (await _server.GetAsync("/api/v1/profile")).Json;
        Assert.Equal(JsonValueKind.Null, bare.GetProperty("avatar").ValueKind);
        Assert.EndsWith(".png", bare.GetProperty("header").GetString());
    }

    [Fact]
    public async Task A_file_that_is_no_picture_is_refused_and_nothing_is_changed()
    {
        var reply = await SendPicturesAsync(("avatar", Encoding.ASCII.GetBytes("no picture")));

        reply.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("JPEG", reply.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, (await _server.GetAsync("/api/v1/profile")).Json.GetProperty("avatar").ValueKind);
    }

    [Fact]
    public async Task Fields_come_as_a_list_or_as_a_hash_and_are_told_as_html_and_as_written()
    {
        object[] list = [new { name = "Home", value = "https://alice.example <3" }, new { name = "Pet", value = "cat" }];
        var listed = (await _server.PatchAsync(Own, new { fields_attributes = list })).Json;
        Assert.Equal("https://alice.example <3", Field(listed.GetProperty("source"), 0).GetProperty("value").GetString());
        var shown = Field(listed, 0);
        Assert.Contains("<a href=\"https://alice.example\"", shown.GetProperty("value").GetString(), StringComparison.Ordinal);
        Assert.Contains("&lt;3", shown.GetProperty("value").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, shown.GetProperty("verified_at").ValueKind);

        using var hash = WebHost.FormOf(
            ("fields_attributes[10][name]", "Last"), ("fields_attributes[10][value]", "z"),
            ("fields_attributes[2][name]", "First"), ("fields_attributes[2][value]", "a"),
            ("fields_attributes[3][name]", ""), ("fields_attributes[3][value]", ""));
        var hashed = (await _server.SendAsync(HttpMethod.Patch, Own, "alice", hash)).Json;
        Assert.Equal(
            ["First", "Last"],
            hashed.GetProperty("fields").EnumerateArray().Select(field => field.GetProperty("name").GetString()));

        object[] many = [.. Enumerable.Range(0, 5).Select(i => new { name = $"n{i}", value = "v" })];
        (await _server.PatchAsync(Own, new { fields_attributes = many })).Is(HttpStatusCode.UnprocessableEntity);
        (await _server.PatchAsync(Own, new { fields_attributes = new[] { new { name = "", value = "v" } } }))
            .Is(HttpStatusCode.UnprocessableEntity);

        static JsonElement Field(JsonElement of, int index) => of.GetProperty("fields")[index];
    }

    [Fact]
    public async Task Posts_that_do_not_say_otherwise_have_what_their_author_has_chosen()
    {
        var choices = new { privacy = "unlisted", sensitive = true, language = "de" };
        var changed = (await _server.PatchAsync(Own, new { source = choices })).Json.GetProperty("source");
        Assert.Equal("unlisted", changed.GetProperty("privacy").GetString());
        var preferences = (await _server.GetAsync("/api/v1/preferences")).Json;
        Assert.Equal("unlisted", preferences.GetProperty("posting:default:visibility").GetString());

        var usual = (await _server.PostAsync("/api/v1/statuses", new { status = "hallo" })).Json;
        var said = (await _server.PostAsync(
            "/api/v1/statuses",
            new { status = "hello", visibility = "public", sensitive = false, language = "en" })).Json;

        Assert.Equal(("unlisted", true, "de"), Choices(usual));
        Assert.Equal(("public", false, "en"), Choices(said));
        foreach (var wrong in (object[])[new { privacy = "secret" }, new { language = "klingon" }, new { quote_policy = "x" }])
            (await _server.PatchAsync(Own, new { source = wrong })).Is(HttpStatusCode.UnprocessableEntity);

        static (string?, bool, string?) Choices(JsonElement post) => (
            post.GetProperty("visibility").GetString(), post.GetProperty("sensitive").GetBoolean(),
            post.GetProperty("language").GetString());
    }

    [Fact]
    public async Task Whose_collections_are_hidden_is_the_only_one_to_see_them()
    {
        (await _server.PostAsync($"/api/v1/accounts/{_server["bob.id"]}/follow")).Is(HttpStatusCode.OK);
        (await _server.PatchAsync("/api/v1/profile", new { hide_collections = true })).Is(HttpStatusCode.OK);
        var path = $"/api/v1/accounts/{_server["alice.id"]}/following";

        Assert.Equal(1, (await _server.GetAsync(path)).Json.GetArrayLength());
        Assert.Equal(0, (await _server.GetAsync(path, "bob")).Json.GetArrayLength());
        Assert.Equal(0, (await _server.GetAsync(path, token: null)).Json.GetArrayLength());
        var page = await _server.GetAsync("/@alice/following", token: null);
        Assert.Contains("Nobody yet", page.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_wants_not_to_be_found_by_words_is_found_only_by_oneself_and_those_named()
    {
        await _server.WriteAsync("post", new { status = "@bob the xylophone is tuned" });
        await _server.Node.Search.Ingested(new(), Roost.Rpc.Call.Unbounded);
        Assert.Equal(1, await FoundAsync("carol"));

        (await _server.PatchAsync("/api/v1/profile", new { indexable = false })).Is(HttpStatusCode.OK);

        Assert.Equal(0, await FoundAsync("carol"));
        Assert.Equal(1, await FoundAsync("alice"));
        Assert.Equal(1, await FoundAsync("bob"));

        async Task<int> FoundAsync(string who) =>
            (await _server.GetAsync("/api/v2/search?type=statuses&q=xylophone", who)).Json
                .GetProperty("statuses").GetArrayLength();
    }

    [Fact]
    public async Task The_profile_page_shows_pictures_and_fields()
    {
        (await SendPicturesAsync(("header", Pictures.TwoHalves(30, 30, SKEncodedImageFormat.Png)))).Is(HttpStatusCode.OK);
        (await _server.PatchAsync(Own, new { fields_attributes = new[] { new { name = "Pet", value = "<cat>" } } }))
            .Is(HttpStatusCode.OK);

        var page = await _server.GetAsync("/@alice", token: null);

        Assert.Contains("class=\"banner\" src=\"/media/", page.Body, StringComparison.Ordinal);
        Assert.Contains("<dd dir=\"auto\">&lt;cat&gt;</dd>", page.Body, StringComparison.Ordinal);
    }

    private async Task<JsonElement> PostAsync() =>
        (await _server.GetAsync($"/api/v1/statuses/{_server["post"]}", "bob")).Json;

    private async Task<Reply> SendPicturesAsync(params (string Name, byte[] Content)[] pictures)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, content) in pictures)
            form.Add(new ByteArrayContent(content), name, $"{name}.bin");
        return await _server.SendAsync(HttpMethod.Patch, Own, "alice", form);
    }

    private static async Task<(int Width, int Height)> SizeAsync(string url)
    {
        using var http = new HttpClient();
        var bytes = await http.GetByteArrayAsync(new Uri(url), TestContext.Current.CancellationToken);
        using var picture = SKBitmap.Decode(bytes);
        return (picture.Width, picture.Height);
    }
}
