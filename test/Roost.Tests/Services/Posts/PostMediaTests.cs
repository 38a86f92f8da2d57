using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Tests.Services.Media;
using Roost.Tests.Services.Timelines;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Services.Posts;

public sealed class PostMediaTests() : PostMediaContract(isElsewhere: false);

/// <summary>With pictures in a service of their own.</summary>
public sealed class PostMediaElsewhereTests() : PostMediaContract(isElsewhere: true);

/// <summary>Posts with pictures, wherever these are taken in.</summary>
public abstract class PostMediaContract(bool isElsewhere)
{
    private static readonly AccountId _ann = new(1);
    private static readonly AccountId _ben = new(2);
    private static readonly byte[] _picture = Pictures.TwoHalves(60, 40, SKEncodedImageFormat.Png);

    [Fact]
    public async Task A_post_shows_its_pictures_after_a_restart_as_they_were_told_of()
    {
        await using var network = await StartAsync(1);
        var (first, second) = (await UploadAsync(network, "a cat"), await UploadAsync(network, "a dog"));

        var written = await CreateAsync(network, "", second.Id, first.Id);
        await network.RestartAsync();

        var read = await OneAsync(network, written.Id);
        Assert.Equal([second.Id, first.Id], read!.Media.Select(item => item.Id));
        Assert.Equal(written.Media, read.Media);
        Assert.Equal(first with { IsUsed = true }, read.Media[1]);
    }

    [Fact]
    public void A_post_of_words_alone_is_stored_as_before()
    {
        var plain = new PostBody("hello", "", false, "en", null, [_ben]);
        var bytes = plain.Encode();

        Assert.Equal(1, bytes[0]);
        Assert.Equal(2 + 4 * 4 + 4 + 4 + "hello".Length + "en".Length, bytes.Length);
        var read = PostBody.Decode(bytes);
        Assert.Equal(plain with { Mentions = read.Mentions }, read);
        Assert.Null(read.Extras);
    }

    [Fact]
    public async Task What_breaks_off_or_is_unknown_after_the_words_is_told_as_damage()
    {
        await using var network = await StartAsync(1);
        var item = await UploadAsync(network, "a cat");
        var bytes = new PostBody("x", "", false, null, null, [], new PostExtras { Media = [item] }).Encode();

        for (var length = bytes.Length - 1; length > 0; length--)
        {
            try
            {
                var read = PostBody.Decode(bytes.AsSpan(0, length));
                Assert.Empty(read.Extras!.Media);
            }
            catch (ServiceException damage)
            {
                Assert.Equal(ErrorCode.DataDamaged, damage.Code);
            }
        }
    }

    [Fact]
    public async Task A_picture_is_shown_by_one_post_only_and_not_deleted_under_it()
    {
        await using var network = await StartAsync(2);
        var item = await UploadAsync(network, "a cat");
        await CreateAsync(network, "look", item.Id);

        var again = await Assert.ThrowsAsync<ServiceException>(() => CreateAsync(network, "look", item.Id));
        var others = await UploadAsync(network, "mine", _ben);
        var foreign = await Assert.ThrowsAsync<ServiceException>(() => CreateAsync(network, "look", others.Id));
        var many = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => UploadAsync(network, "")));
        var tooMany = await Assert.ThrowsAsync<ServiceException>(
            () => CreateAsync(network, "look", [.. many.Select(one => one.Id)]));
        await network.RestartAsync();

        Assert.All([again, foreign, tooMany], refusal => Assert.Equal(ErrorCode.Invalid, refusal.Code));
        Assert.Equal(
            DeleteMediaReply.InUse, await network.Media.Delete(new DeleteMedia(_ann, item.Id), TestNetwork.Call));
        await CreateAsync(network, "look", [.. many.Take(4).Select(one => one.Id)]);
    }

    [Fact]
    public async Task The_same_key_answers_the_first_post_with_its_picture()
    {
        await using var network = await StartAsync(1);
        var item = await UploadAsync(network, "a cat");
        var request = new CreatePost(_ann, "look", IdempotencyKey: "k") { MediaIds = [item.Id] };

        var first = await network.Posts.Create(request, TestNetwork.Call);
        var second = await network.Posts.Create(request, TestNetwork.Call);

        Assert.Equal(first.Id, second.Id);
        Assert.Single(second.Media);
    }

    [Fact]
    public async Task Pictures_of_a_deleted_post_can_be_posted_again_at_once_and_are_gone_with_it_when_asked()
    {
        await using var network = await StartAsync(1);
        var item = await UploadAsync(network, "a cat");
        var post = await CreateAsync(network, "lokk", item.Id);

        await network.Posts.Delete(new DeletePost(_ann, post.Id), TestNetwork.Call);
        var redrafted = await CreateAsync(network, "look", item.Id);
        var file = new FindMediaFile(item.FileKey, false);
        Assert.NotNull(await network.Media.Find(file, TestNetwork.Call));
        await network.Posts.Delete(new DeletePost(_ann, redrafted.Id, WithMedia: true), TestNetwork.Call);
        await network.RestartAsync();

        Assert.Null((await network.Media.Get(new GetMedia([item.Id]), TestNetwork.Call))[0]);
        Assert.Null(await network.Media.Find(file, TestNetwork.Call));
    }

    [Fact]
    public async Task What_was_taken_for_a_post_that_never_came_can_be_posted_after_the_next_start()
    {
        await using var network = await StartAsync(1);
        var item = await UploadAsync(network, "a cat");
        Assert.NotNull(await network.Media.Use(new UseMedia(_ann, [item.Id]), TestNetwork.Call));

        await network.RestartAsync();

        Assert.Single((await CreateAsync(network, "look", item.Id)).Media);
    }

    [Fact]
    public async Task An_edit_takes_pictures_in_and_out_and_tells_about_them()
    {
        await using var network = await StartAsync(1);
        var (cat, dog) = (await UploadAsync(network, "a cat"), await UploadAsync(network, "a dog"));
        var post = await CreateAsync(network, "look", cat.Id);
        var edit = new EditPost(_ann, post.Id, "look", "", false, null, []);

        var told = await network.Posts.Edit(
            edit with { Descriptions = [new DescribeMedia(default, cat.Id, "two cats")] }, TestNetwork.Call);
        var swapped = await network.Posts.Edit(edit with { MediaIds = [dog.Id] }, TestNetwork.Call);
        var kept = await network.Posts.Edit(edit with { Text = "look!" }, TestNetwork.Call);
        var nothing = await network.Posts.Edit(edit with { Text = "look!", MediaIds = [dog.Id] }, TestNetwork.Call);
        var back = await network.Posts.Edit(edit with { MediaIds = [cat.Id, dog.Id] }, TestNetwork.Call);
        var none = await network.Posts.Edit(edit with { MediaIds = [] }, TestNetwork.Call);
        await network.RestartAsync();

        Assert.Equal("two cats", told!.Media[0].Description);
        Assert.Equal([dog.Id], swapped!.Media.Select(item => item.Id));
        Assert.Equal([dog.Id], kept!.Media.Select(item => item.Id));
        Assert.Equal(kept.Edit, nothing!.Edit);
        Assert.Equal(["two cats", "a dog"], back!.Media.Select(item => item.Description));
        Assert.Empty(none!.Media);
        Assert.Empty((await OneAsync(network, post.Id))!.Media);
        await Assert.ThrowsAsync<ServiceException>(
            () => network.Posts.Edit(edit with { Text = "", MediaIds = [] }, TestNetwork.Call).AsTask());
    }

    [Fact]
    public async Task A_description_changed_later_is_in_the_post_at_once()
    {
        await using var network = await StartAsync(2);
        var items = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => UploadAsync(network, "")));
        var post = await CreateAsync(network, "look", [.. items.Select(item => item.Id)]);

        await Task.WhenAll(items.Select(async (item, i) =>
        {
            await network.Media.Describe(new DescribeMedia(_ann, item.Id, $"cat {i}"), TestNetwork.Call);
            Assert.True(await network.Posts.Redescribe(new RedescribeMedia(_ann, item.Id), TestNetwork.Call));
        }));

        Assert.Equal(
            ["cat 0", "cat 1", "cat 2", "cat 3"],
            (await OneAsync(network, post.Id))!.Media.Select(item => item.Description));
        Assert.False(await network.Posts.Redescribe(new RedescribeMedia(_ben, items[0].Id), TestNetwork.Call));
    }

    private Task<TestNetwork> StartAsync(int accounts) =>
        TestNetwork.StartAsync(accounts, hasMediaElsewhere: isElsewhere);

    private static Task<MediaItem> UploadAsync(TestNetwork network, string description) =>
        UploadAsync(network, description, _ann);

    private static Task<MediaItem> UploadAsync(TestNetwork network, string description, AccountId account) =>
        network.Media.Upload(
            new UploadMedia(account, MediaPurpose.Attachment, _picture, description), TestNetwork.Call).AsTask();

    private static Task<Post> CreateAsync(TestNetwork network, string text, params long[] media) =>
        network.Posts.Create(new CreatePost(_ann, text) { MediaIds = media }, TestNetwork.Call).AsTask();

    private static async Task<Post?> OneAsync(TestNetwork network, PostId id) =>
        (await network.Posts.Get(GetPosts.One(default, id), TestNetwork.Call))[0];
}
