using System.Net;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Media;
using Roost.Tests.Services.Media;
using Roost.Tests.Web.Conformance;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Web;

public sealed class EmojiTests
{
    [Fact]
    public async Task One_that_is_added_or_removed_while_the_server_runs_is_so_in_what_was_rendered_before()
    {
        await using var server = await PopulatedServer.StartAsync();
        await server.WriteAsync("post", new { status = "look, a :blob_cat:" });
        await server.PatchAsync("/api/v1/accounts/update_credentials", new { display_name = "Alice :blob_cat:" });
        Assert.Equal((0, 0), await CountAsync(server));

        await AddAsync(server, "blob_cat");

        Assert.Equal((1, 1), await CountAsync(server));
        var listed = (await server.GetAsync("/api/v1/custom_emojis", token: null)).Json[0];
        Assert.Equal("blob_cat", listed.GetProperty("shortcode").GetString());
        var url = new Uri(listed.GetProperty("url").GetString()!);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(url.AbsolutePath, token: null)).Status);

        await server.Node.Community.RemoveEmoji(new RemoveEmoji("blob_cat"), Call.Unbounded);

        Assert.Equal((0, 0), await CountAsync(server));
    }

    [Fact]
    public async Task Pages_show_it_in_posts_warnings_polls_and_names_and_nothing_else_between_colons()
    {
        await using var server = await PopulatedServer.StartAsync();
        await AddAsync(server, "blob_cat");
        await server.PatchAsync(
            "/api/v1/accounts/update_credentials", new { display_name = "Alice :blob_cat:", note = "I am :blob_cat: & <b>" });
        await server.WriteAsync("post", new
        {
            status = "at 12:30:blob_cat: or :nothing: <i> https://example.org/:blob_cat:/",
            spoiler_text = "cats :blob_cat:",
            poll = new { options = (string[])["yes :blob_cat:", "no"], expires_in = 3600 },
        });

        using var visitor = new PageVisitor(server);
        var page = await visitor.ReadAsync($"/@alice/{server["post"]}");
        var profile = await visitor.ReadAsync("/@alice");

        const string Picture = "alt=\":blob_cat:\"";
        Assert.Contains("at 12:30<img class=\"emoji\" src=\"/media/", page, StringComparison.Ordinal);
        Assert.Contains("or :nothing: &lt;i&gt;", page, StringComparison.Ordinal);
        Assert.Contains("<a href=\"https://example.org/:blob_cat:/\"", page, StringComparison.Ordinal);
        // The warning, the text, an option, the name.
        Assert.Equal(4, Browser.Between(page, "<article", "</article>").Split(Picture).Length - 1);
        Assert.Equal(2, Browser.Between(profile, "class=\"card profile\"", "</section>").Split(Picture).Length - 1);
        var source = "/media/" + Browser.Between(page, "<img class=\"emoji\" src=\"/media/", "\"");
        (await visitor.GetAsync(source)).Is(HttpStatusCode.OK);
    }

    private static async Task AddAsync(PopulatedServer server, string shortcode)
    {
        var picture = await server.Node.Media.Upload(
            new UploadMedia(default, MediaPurpose.Emoji, Pictures.TwoHalves(64, 64, SKEncodedImageFormat.Png)),
            Call.Unbounded);
        await server.Web.Community.AddEmoji(
            new AddEmoji(new CustomEmoji(
                shortcode, "cats", picture.FileKey, picture.Original.Extension, picture.Small.Extension, picture.Id)),
            Call.Unbounded);
    }

    /// <summary>Of a post as a timeline has it, and of its author.</summary>
    private static async Task<(int OfPost, int OfAuthor)> CountAsync(PopulatedServer server)
    {
        var post = (await server.GetAsync("/api/v1/timelines/home")).Json[0];
        Assert.Equal(server["post"], post.GetProperty("id").GetString());
        return (
            post.GetProperty("emojis").GetArrayLength(),
            post.GetProperty("account").GetProperty("emojis").GetArrayLength());
    }
}
