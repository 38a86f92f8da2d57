using System.Text;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Web;
using Roost.Web.Rendering;
using Xunit;

namespace Roost.Tests.Services.Timelines;

/// <summary>Bytes of home pages from a whole node: what is kept must never show through once it is out of date.</summary>
public sealed class OutlinedPageTests
{
    private const int Accounts = 6;

    private static readonly WebOptions _options = new() { PublicUrl = new Uri("https://roost.example") };

    [Fact]
    public async Task Whatever_happens_the_kept_bytes_are_those_of_a_page_rendered_anew()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20261125");
        TestContext.Current.TestOutputHelper!.WriteLine($"ROOST_SEED={seed}");
        var random = new Random(seed);
        await using var network = await TestNetwork.StartAsync(Accounts);
        var kept = Renderer();
        var pages = new OutlinedPageRenderer(network.Timelines, network.Posts, network.Users, kept);
        var posts = new List<(int Author, PostId Id)>();

        for (var step = 0; step < 400; step++)
        {
            await StepAsync(network, random, posts, step);
            var reader = new AccountId(1 + random.Next(Accounts));
            var request = new HomeTimeline(reader, new PageRange(Limit: 1 + random.Next(40)));
            using var expected = new Utf8Buffer();
            Renderer().WritePage(
                expected, (await network.Timelines.Home(request, TestNetwork.Call)).Entries, reader);
            using var actual = new Utf8Buffer();
            await pages.WriteAsync(
                actual, await network.Timelines.HomeOutline(request, TestNetwork.Call), reader, TestNetwork.Call);

            Assert.Equal(Encoding.UTF8.GetString(expected.Written), Encoding.UTF8.GetString(actual.Written));
        }
    }

    [Fact]
    public async Task A_post_deleted_after_the_outline_was_made_is_not_in_the_page()
    {
        await using var network = await TestNetwork.StartAsync(1);
        var pages = new OutlinedPageRenderer(network.Timelines, network.Posts, network.Users, Renderer());
        var gone = await network.PostAsync(1, "gone");
        await network.PostAsync(1, "there");
        var outline = await network.Timelines.HomeOutline(
            new HomeTimeline(new AccountId(1), new PageRange()), TestNetwork.Call);

        await network.Posts.Delete(new DeletePost(new AccountId(1), gone.Id), TestNetwork.Call);
        using var buffer = new Utf8Buffer();
        await pages.WriteAsync(buffer, outline, new AccountId(1), TestNetwork.Call);
        var json = Encoding.UTF8.GetString(buffer.Written);

        Assert.DoesNotContain("gone", json, StringComparison.Ordinal);
        Assert.Contains("there", json, StringComparison.Ordinal);
    }

    private static StatusRenderer Renderer() => new(_options, new AccountRenderer(_options, 1 << 20), 1 << 20);

    private static async Task StepAsync(
        TestNetwork network, Random random, List<(int Author, PostId Id)> posts, int step)
    {
        var account = 1 + random.Next(Accounts);
        var other = 1 + random.Next(Accounts);
        var (author, post) = posts.Count == 0 ? default : posts[random.Next(posts.Count)];
        var text = $"step {step} for @u{other} #tag";
        switch (random.Next(14))
        {
            case > 11 when author != 0:
                var mark = random.Next(2) == 0 ? PostMark.Bookmark : PostMark.Mute;
                await network.Marks.Mark(
                    new MarkPost(new AccountId(account), post, mark, random.Next(3) > 0), TestNetwork.Call);
                break;
            case < 4:
                await PostAsync(new CreatePost(
                    new AccountId(account), text, Visibility: (Visibility)random.Next(3), Mentions: [new AccountId(other)])
                {
                    Quoted = random.Next(3) == 0 ? post : default,
                    QuotePolicy = (QuotePolicy)random.Next(3),
                });
                break;
            case 4 when author != 0:
                await network.Posts.Edit(
                    new EditPost(new AccountId(author), post, text, "", false, "en", [new AccountId(other)]),
                    TestNetwork.Call);
                break;
            case 5 when author != 0 && random.Next(2) == 0:
                await network.Posts.Delete(new DeletePost(new AccountId(author), post), TestNetwork.Call);
                break;
            case 5 when author != 0:
                await network.Quotes.SetPolicy(
                    new SetQuotePolicy(new AccountId(author), post, (QuotePolicy)random.Next(3)), TestNetwork.Call);
                foreach (var (_, quoting) in posts)
                {
                    await network.Quotes.Revoke(
                        new RevokeQuote(new AccountId(author), post, quoting), TestNetwork.Call);
                }
                break;
            case 6 or 7 when author != 0:
                await network.Posts.Boost(new BoostPost(new AccountId(account), post), TestNetwork.Call);
                break;
            case 8 when author != 0:
                await network.Posts.Favourite(new FavouritePost(new AccountId(account), post), TestNetwork.Call);
                break;
            case 9 when account != other: await network.UnfollowAsync(account, other); break;
            case > 9 when account != other: await network.FollowAsync(account, other); break;
        }

        // What cannot be quoted is not posted.
        async Task PostAsync(CreatePost request)
        {
            try
            {
                posts.Add((account, (await network.Posts.Create(request, TestNetwork.Call)).Id));
            }
            catch (ServiceException refusal) when (refusal.Code == ErrorCode.NotFound)
            {
                Assert.False(request.Quoted.IsNone);
            }
        }
    }
}
