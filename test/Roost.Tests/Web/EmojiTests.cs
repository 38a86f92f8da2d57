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

        var picture = await server.Node.Media.Upload(
            new UploadMedia(default, MediaPurpose.Emoji, Pictures.TwoHalves(64, 64, SKEncodedImageFormat.Png)),
            Call.Unbounded);
        await server.Node.Community.AddEmoji(
            new AddEmoji(new CustomEmoji(
                "blob_cat", "cats", picture.FileKey, picture.Original.Extension, picture.Small.Extension, picture.Id)),
            Call.Unbounded);

        Assert.Equal((1, 1), await CountAsync(server));
        var listed = (await server.GetAsync("/api/v1/custom_emojis", token: null)).Json[0];
        Assert.Equal("blob_cat", listed.GetProperty("shortcode").GetString());
        var url = new Uri(listed.GetProperty("url").GetString()!);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(url.AbsolutePath, token: null)).Status);

        await server.Node.Community.RemoveEmoji(new RemoveEmoji("blob_cat"), Call.Unbounded);

        Assert.Equal((0, 0), await CountAsync(server));
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
