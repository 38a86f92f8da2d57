using Roost.Engine.Ids;
using Roost.Services.AnnualReports;
using Roost.Services.Posts;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.AnnualReports;

/// <summary>A year of account 1, from the first of June on.</summary>
public sealed class AnnualReportsTests
{
    private const int Year = 2026;

    private static readonly AccountId _ann = new(1);

    private readonly FakeTime _time = new();

    [Fact]
    public async Task A_report_is_made_in_december_of_what_was_done_and_kept()
    {
        await using var network = await TestNetwork.StartAsync(4, time: _time);
        await network.FollowAsync(1, 2);
        await network.FollowAsync(3, 1);
        var loved = await network.PostAsync(1, "#Cats and #dogs");
        var shared = await network.PostAsync(1, "#cats");
        var secret = await network.PostAsync(1, "#Birds", visibility: Visibility.Followers);
        var asked = await network.PostAsync(1, "anybody?");
        await network.PostAsync(2, "here", inReplyTo: asked.Id);
        _time.Advance(TimeSpan.FromDays(31));
        await network.FollowAsync(4, 1);
        var other = await network.PostAsync(2, "hers");
        await network.Posts.Boost(new BoostPost(_ann, other.Id), TestNetwork.Call);
        await network.PostAsync(1, "yes", inReplyTo: other.Id);
        foreach (var reader in (int[])[2, 3])
        {
            await network.Posts.Boost(new BoostPost(new(reader), shared.Id), TestNetwork.Call);
            await network.Posts.Favourite(new FavouritePost(new(reader), shared.Id), TestNetwork.Call);
            await network.Posts.Favourite(new FavouritePost(new(reader), secret.Id), TestNetwork.Call);
        }
        await network.Posts.Favourite(new FavouritePost(new(3), loved.Id), TestNetwork.Call);

        Assert.Equal(AnnualReportState.Ineligible, await MakeAsync(network, 1));
        _time.Advance(new DateTimeOffset(Year, 12, 10, 0, 0, 0, TimeSpan.Zero) - _time.GetUtcNow());
        Assert.Equal(AnnualReportState.Eligible, await StateAsync(network, 1));
        Assert.Equal(AnnualReportState.Ineligible, await StateAsync(network, 4));
        Assert.NotEqual(AnnualReportState.Ineligible, await MakeAsync(network, 1));
        await network.AnnualReports.Made(new AwaitReports(), TestNetwork.Call);
        await network.PostAsync(1, "too late");
        await network.RestartAsync();

        Assert.Equal(AnnualReportState.Available, await MakeAsync(network, 1));
        var report = Assert.Single(await network.AnnualReports.Unread(new ListAnnualReports(_ann), TestNetwork.Call));
        Assert.Equal((Year, Archetype.Lurker), (report.Year, report.Archetype));
        Assert.Equal(new MonthFigures(4, 1, 1), report.Months[5]);
        Assert.Equal(new MonthFigures(2, 0, 1), report.Months[6]);
        Assert.Equal(6, report.Months.Sum(month => month.Posts));
        Assert.Equal([new TagFigure("cats", 2)], report.Tags.Select(tag => tag with { Name = tag.Name.ToLowerInvariant() }));
        Assert.Equal(new TopPosts(shared.Id, loved.Id, asked.Id), report.Top);

        Assert.True(await network.AnnualReports.Read(new MarkReportRead(_ann, Year), TestNetwork.Call));
        Assert.Empty(await network.AnnualReports.Unread(new ListAnnualReports(_ann), TestNetwork.Call));
        Assert.NotNull(await network.AnnualReports.Get(new GetAnnualReport(_ann, Year), TestNetwork.Call));
        Assert.True(await network.AnnualReports.Erase(new EraseReports(_ann), TestNetwork.Call));
        Assert.Null(await network.AnnualReports.Get(new GetAnnualReport(_ann, Year), TestNetwork.Call));
    }

    [Theory]
    [InlineData(100, 5, 5, 0, Archetype.Lurker)]
    [InlineData(50, 101, 10, 0, Archetype.Booster)]
    [InlineData(100, 20, 20, 11, Archetype.Pollster)]
    [InlineData(50, 20, 101, 0, Archetype.Replier)]
    [InlineData(100, 20, 20, 10, Archetype.Oracle)]
    public void Who_does_what_most_is_called_so(int own, int boosts, int answers, int polls, Archetype archetype)
    {
        var counts = new PostCounts(_ann);
        var sequence = 0;

        for (var i = 0; i < own; i++) counts.Add(Make(PostKind.Post, default, i < polls), default);
        for (var i = 0; i < boosts; i++) counts.Add(Make(PostKind.Boost, default, false), default);
        for (var i = 0; i < answers; i++) counts.Add(Make(PostKind.Post, new(2), false), default);
        // Who goes on with a thread of their own answers nobody.
        counts.Add(Make(PostKind.Post, _ann, false), default);

        Assert.Equal(archetype, counts.Archetype);
        Assert.Equal(own + boosts + answers + 1, counts.Months[5]);

        Post Make(PostKind kind, AccountId answered, bool hasPoll)
        {
            var at = _time.GetUtcNow();
            var id = PostId.Create(at.ToUnixTimeMilliseconds(), 0, sequence++);
            return new Post(
                new PostRef(id, (uint)sequence, kind, _ann, answered), at, "", "", false, Visibility.Public, null,
                answered.IsNone ? default : new PostId(1), default, [], null, null)
            {
                Extras = hasPoll ? new PostExtras { Poll = new Poll(["a", "b"], false, false, at) } : null,
            };
        }
    }

    private static ValueTask<AnnualReportState> StateAsync(TestNetwork network, int account) =>
        network.AnnualReports.State(new GetReportState(new AccountId(account), Year), TestNetwork.Call);

    private static ValueTask<AnnualReportState> MakeAsync(TestNetwork network, int account) =>
        network.AnnualReports.Make(new MakeReport(new AccountId(account), Year), TestNetwork.Call);
}
