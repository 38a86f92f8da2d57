using Roost.Engine.Ids;
using Roost.Services.Posts;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Posts;

/// <summary>What followers of the feed read into columns, against the same posts read one by one.</summary>
public sealed class PostTextsTests
{
    private static readonly AccountId _ann = new(1);
    private static readonly AccountId _ben = new(2);
    private readonly PostTexts _texts = new();

    [Fact]
    public async Task Columns_say_what_posts_say_before_and_after_a_restart()
    {
        await using var network = await TestNetwork.StartAsync(3);
        await PostAsync(network);

        await CompareAsync(network);
        await network.RestartAsync();
        await CompareAsync(network);
    }

    [Fact]
    public async Task Counters_alone_are_told_of_posts_that_are_there()
    {
        await using var network = await TestNetwork.StartAsync(3);
        var post = await network.PostAsync(1);
        var gone = await network.PostAsync(1);
        await network.PostAsync(2, inReplyTo: post.Id);
        await network.Posts.Favourite(new FavouritePost(_ben, post.Id), TestNetwork.Call);
        await network.Posts.Delete(new DeletePost(_ann, gone.Id), TestNetwork.Call);

        var texts = await network.Posts.Texts(
            new ReadPostTexts([], [post.Ref.Seq, gone.Ref.Seq, 99], _texts), TestNetwork.Call);

        Assert.Equal(0, texts.Count);
        Assert.Equal<PostCounters?>([new PostCounters(1, 0, 1), null, null], texts.Counters.ToArray());
    }

    /// <summary>Posts of all sorts, between other records.</summary>
    private static async Task PostAsync(TestNetwork network)
    {
        var call = TestNetwork.Call;
        var first = await network.PostAsync(1, "Grüße, 世界 🌍\n#x", mentions: [2, 3], language: "de");
        await network.Posts.Create(
            new CreatePost(_ann, "text", "spoiler", true, Visibility.Unlisted, AppName: "app"), call);
        await network.Posts.Favourite(new FavouritePost(_ben, first.Id), call);
        await network.PostAsync(2, "an answer", inReplyTo: first.Id);
        await network.Posts.Boost(new BoostPost(_ben, first.Id), call);
        var ends = TimeProvider.System.GetUtcNow().AddDays(1);
        await network.Posts.Create(
            new CreatePost(_ann, "which?") { Poll = new Poll(["a", "b"], false, false, ends) }, call);
        await network.Posts.Create(new CreatePost(_ben, "look") { Quoted = first.Id }, call);
        var edited = await network.PostAsync(1, "before", mentions: [2]);
        await network.Posts.Edit(new EditPost(_ann, edited.Id, "after", "warned", true, "fr", []), call);
        var gone = await network.PostAsync(1, "gone");
        await network.Posts.Delete(new DeletePost(_ann, gone.Id), call);
        await network.PostAsync(2, "for some", visibility: Visibility.Followers);
        await network.Posts.CreateMany(
            new CreatePosts([.. Enumerable.Range(0, 700).Select(
                i => BatchItem.Of(new CreatePost(_ben, $"many {i} {new string('x', i)}", Mentions: [_ann])))]), call);
    }

    private async Task CompareAsync(TestNetwork network)
    {
        var last = await network.Posts.Locate(LocatePost.End, TestNetwork.Call) - 1;
        // Ascending, descending, and what is nowhere.
        uint[] seqs = [.. Range(1, last), .. Range(1, last).Reverse().Take(40), 0, last + 1, last + 2, 3];
        var whole = await network.Posts.Read(new ReadPosts(seqs), TestNetwork.Call);

        var texts = await network.Posts.Texts(new ReadPostTexts(seqs, [], _texts), TestNetwork.Call);

        Assert.Equal(seqs.Length, texts.Count);
        for (var i = 0; i < seqs.Length; i++)
        {
            var isThere = whole[i].Post is not null;
            Assert.True(isThere == texts.Has(i), $"record {seqs[i]}");
            if (isThere)
                AssertSame(whole[i], texts[i]);
        }
    }

    private static void AssertSame(in ShownPost whole, in LentPost text)
    {
        var stats = whole.Stats;
        var expected = LentPost.Of(whole.Post!, new PostCounters(stats.Replies, stats.Boosts, stats.Favourites));
        Assert.Equal(expected.Ref, text.Ref);
        Assert.Equal(expected.Text.ToString(), text.Text.ToString());
        Assert.Equal(expected.SpoilerText.ToString(), text.SpoilerText.ToString());
        Assert.Equal(expected.Language.ToString(), text.Language.ToString());
        Assert.Equal(expected.AppName.ToString(), text.AppName.ToString());
        Assert.Equal(expected.Mentions.ToArray(), text.Mentions.ToArray());
        Assert.Equal((expected.At, expected.Edit, expected.InReplyTo), (text.At, text.Edit, text.InReplyTo));
        Assert.Equal(
            (expected.Visibility, expected.Sensitive, expected.HasMedia, expected.HasPoll, expected.Quotes,
                expected.IsOfWordsAlone, expected.Counters),
            (text.Visibility, text.Sensitive, text.HasMedia, text.HasPoll, text.Quotes, text.IsOfWordsAlone,
                text.Counters));
    }

    private static IEnumerable<uint> Range(uint first, uint last)
    {
        for (var seq = first; seq <= last; seq++)
            yield return seq;
    }
}
