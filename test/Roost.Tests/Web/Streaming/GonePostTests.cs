using Roost.Engine.Ids;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Services.Users;
using Roost.Tests.Services.Media;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Web.Streaming;

/// <summary>Who hears that a post is edited or gone: whoever was told of it, and nobody else.</summary>
public sealed class GonePostTests
{
    [Fact]
    public async Task Whom_a_post_names_hears_that_it_is_gone_and_others_who_may_not_see_it_do_not()
    {
        await using var server = await StreamServer.StartAsync(5);
        using var named = await server.OpenAsync("user", 1);
        using var conversations = await server.OpenAsync("direct", 1);
        using var author = await server.OpenAsync("user", 2);
        using var other = await server.OpenAsync("user", 3);
        using var stranger = await server.OpenAsync("user", 4);

        var direct = await server.PostAsync(2, "@u1 psst", visibility: Visibility.Direct, mentions: [1]);
        var forFollowers = await server.PostAsync(2, "@u3 look", visibility: Visibility.Followers, mentions: [3]);
        await server.CaughtAsync();
        await DeleteAsync(server, direct);
        await DeleteAsync(server, forFollowers);
        var end = await server.PostAsync(4);

        Assert.Equal(direct.Id.ToString(), await GoneAsync(named));
        Assert.Equal("conversation", (await conversations.NextAsync())!.Name);
        Assert.Equal(direct.Id.ToString(), await GoneAsync(conversations));
        Assert.Equal(direct.Id.ToString(), await GoneAsync(author));
        Assert.Equal(forFollowers.Id.ToString(), await GoneAsync(author));
        Assert.Equal(forFollowers.Id.ToString(), await GoneAsync(other));
        Assert.Equal(end.Id.ToString(), (await stranger.NextAsync())!.PostId);
    }

    [Fact]
    public async Task Who_was_named_before_an_edit_hears_that_the_post_is_gone_even_by_coming_back()
    {
        await using var server = await StreamServer.StartAsync(2);
        string lastId;
        using (var stream = await server.OpenAsync("user", 1))
        {
            await server.PostAsync(1);
            lastId = (await stream.NextAsync())!.Id!;
        }
        var post = await server.PostAsync(2, "@u1 look", visibility: Visibility.Followers, mentions: [1]);
        await EditAsync(server, post, "look");
        await DeleteAsync(server, post);

        using var again = await server.OpenAsync("user", 1, lastId);

        Assert.Equal(post.Id.ToString(), await GoneAsync(again));
    }

    [Fact]
    public async Task A_hashtags_stream_hears_of_posts_once_they_have_the_hashtag_and_of_what_becomes_of_them()
    {
        await using var server = await StreamServer.StartAsync(2);
        using var cats = await server.OpenAsync("hashtag?tag=Cats", 1);
        using var both = await server.OpenAsync("hashtag?tag=cats&all[]=dogs", 1);

        var plain = await server.PostAsync(2, "about nothing");
        var tagged = await server.PostAsync(2, "#cats");
        await server.CaughtAsync();
        await EditAsync(server, plain, "now of #cats and #dogs");
        await EditAsync(server, tagged, "not any more");
        await server.CaughtAsync();
        await EditAsync(server, plain, "of #cats and #dogs still");
        await server.CaughtAsync();
        await DeleteAsync(server, await server.PostAsync(2, "of nothing at all"));
        await DeleteAsync(server, tagged);
        await DeleteAsync(server, plain);
        var end = await server.PostAsync(2, "#cats #dogs");

        Assert.Equal(
            [
                ("update", tagged.Id.ToString()), ("update", plain.Id.ToString()),
                ("status.update", tagged.Id.ToString()), ("status.update", plain.Id.ToString()),
                ("delete", tagged.Id.ToString()),
                ("delete", plain.Id.ToString()),
            ], (await cats.UntilAsync(end.Id)).Select(told => (told.Name, told.PostId)));
        Assert.Equal(
            [
                ("update", plain.Id.ToString()), ("status.update", plain.Id.ToString()),
                ("delete", plain.Id.ToString()),
            ],
            (await both.UntilAsync(end.Id)).Select(told => (told.Name, told.PostId)));
    }

    [Fact]
    public async Task A_stream_of_media_hears_of_edits_and_deletions_of_posts_that_had_some_only()
    {
        await using var server = await StreamServer.StartAsync(2);
        using var media = await server.OpenAsync("public?only_media=true", 1);
        using var all = await server.OpenAsync("public", 1);

        var plain = await server.PostAsync(2, "nothing to see");
        var pictured = await server.Node.Posts.Create(
            new CreatePost(new AccountId(2), "a picture") { MediaIds = [await UploadAsync(server)] }, StreamServer.Call);
        await server.CaughtAsync();
        await EditAsync(server, plain, "nothing at all");
        await server.Node.Posts.Edit(
            new EditPost(new AccountId(2), pictured.Id, "no picture", "", false, null, []) { MediaIds = [] },
            StreamServer.Call);
        await server.CaughtAsync();
        await DeleteAsync(server, plain);
        await DeleteAsync(server, pictured);
        var end = await server.Node.Posts.Create(
            new CreatePost(new AccountId(2), "the end") { MediaIds = [await UploadAsync(server)] }, StreamServer.Call);

        Assert.Equal(
            [("update", pictured.Id.ToString()), ("status.update", pictured.Id.ToString()), ("delete", pictured.Id.ToString())],
            (await media.UntilAsync(end.Id)).Select(told => (told.Name, told.PostId)));
        Assert.Equal(6, (await all.UntilAsync(end.Id)).Count);
    }

    [Fact]
    public async Task A_search_hears_of_deletions_of_posts_that_it_may_have_found_only()
    {
        await using var server = await StreamServer.StartAsync(3);
        await server.Node.Users.Change(
            new ChangeAccount(new AccountId(3), Profile: new ProfileChange { Indexable = false }), StreamServer.Call);
        using var search = await server.OpenAsync("search?q=owl", 1);

        var owl = await server.PostAsync(2, "an owl");
        var hidden = await server.PostAsync(3, "my owl");
        var cat = await server.PostAsync(2, "a cat");
        await server.CaughtAsync();
        foreach (var post in (Post[])[cat, hidden, owl]) await DeleteAsync(server, post);
        var end = await server.PostAsync(2, "one more owl");

        Assert.Equal(
            [("update", owl.Id.ToString()), ("delete", owl.Id.ToString())],
            (await search.UntilAsync(end.Id)).Select(told => (told.Name, told.PostId)));
    }

    private static async Task<long> UploadAsync(StreamServer server)
    {
        var sent = await server.Node.Media.Upload(
            new UploadMedia(
                new AccountId(2), MediaPurpose.Attachment, Pictures.TwoHalves(60, 40, SKEncodedImageFormat.Png)),
            StreamServer.Call);
        return sent.Id;
    }

    private static async Task DeleteAsync(StreamServer server, Post post) =>
        await server.Node.Posts.Delete(new DeletePost(post.Author, post.Id), StreamServer.Call);

    private static async Task EditAsync(StreamServer server, Post post, string text) =>
        await server.Node.Posts.Edit(
            new EditPost(post.Author, post.Id, text, "", false, null, []), StreamServer.Call);

    /// <summary>Id of the next post that is told to be gone.</summary>
    private static async Task<string> GoneAsync(EventReader stream)
    {
        while (true)
        {
            var told = (await stream.NextAsync())!;
            if (told.Name == "delete") return told.Data;
        }
    }
}
