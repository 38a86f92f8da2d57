using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Services.Scheduled;
using Roost.Services.Storage;
using Roost.Services.Timelines;
using Roost.Tests.Services.Media;
using Roost.Tests.Services.Timelines;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Services.Scheduled;

public sealed class ScheduledTests
{
    private static readonly AccountId _ann = new(1);
    private static readonly AccountId _ben = new(2);

    private readonly FakeTime _time = new();

    [Fact]
    public async Task A_post_comes_once_at_its_time_also_over_restarts_with_its_pictures()
    {
        await using var network = await TestNetwork.StartAsync(2, time: _time);
        var picture = await network.Media.Upload(
            new UploadMedia(
                _ann, MediaPurpose.Attachment, Pictures.TwoHalves(60, 40, SKEncodedImageFormat.Png)), TestNetwork.Call);
        var waiting = await ScheduleAsync(network, Draft("later") with { MediaIds = [picture.Id] }, minutes: 60 * 30);
        await network.RestartAsync();
        _time.Advance(TimeSpan.FromHours(29));
        await network.RestartAsync();
        Assert.Empty(await PostsAsync(network));
        Assert.NotNull(await network.Scheduled.Get(new GetScheduled(_ann, waiting.Id), TestNetwork.Call));

        _time.Advance(TimeSpan.FromHours(1));
        await UntilGoneAsync(network, waiting.Id);
        await network.RestartAsync();

        var post = Assert.Single(await PostsAsync(network));
        Assert.Equal(("later", picture.Id), (post.Text, post.Media[0].Id));
        Assert.True(post.At >= waiting.At, "Not before its time.");
    }

    [Fact]
    public async Task A_crash_between_the_post_and_its_note_does_not_post_it_again_however_late_the_start()
    {
        await using var network = await TestNetwork.StartAsync(1, time: _time);
        var waiting = await ScheduleAsync(network, Draft("later"), minutes: 10);
        _time.Advance(TimeSpan.FromMinutes(10));
        await UntilGoneAsync(network, waiting.Id);
        Assert.Single(await PostsAsync(network));

        // As if the process had ended after the post was durable and before its row was gone.
        await network.RestartAsync(directory =>
        {
            using var data = DataDirectory.Open(directory);
            using var database = SqlDatabase.DialectOf(SqlDatabase.OptionsOf(data, "scheduled"));
            using var session = database.OpenWriter();
            session.Execute(
                """
                INSERT INTO scheduled (id, account, at, state, draft)
                VALUES (@id, 1, @at, 2, '{"Text":"later","SpoilerText":"","Mentions":[],"MediaIds":[]}')
                """, waiting.Id, waiting.At.ToUnixTimeMilliseconds());
            _time.Advance(TimeSpan.FromDays(2));
        });
        await UntilGoneAsync(network, waiting.Id);

        Assert.Single(await PostsAsync(network));
    }

    [Fact]
    public async Task What_is_too_soon_or_too_much_is_refused()
    {
        await using var network = await TestNetwork.StartAsync(1, time: _time);

        await RefusedAsync(network, minutes: 4);
        for (var i = 0; i < SchedulePost.WaitingPerDayMax; i++)
            await ScheduleAsync(network, Draft($"{i}"), minutes: 60 * 48);
        await RefusedAsync(network, minutes: 60 * 48);
        for (var day = 3; day < 14; day++)
        {
            for (var i = 0; i < SchedulePost.WaitingPerDayMax; i++)
                await ScheduleAsync(network, Draft($"{day}.{i}"), minutes: 60 * 24 * day);
        }

        await RefusedAsync(network, minutes: 60 * 24 * 20);
        var page = await network.Scheduled.List(new ListScheduled(_ann, 0, 0, false, 40), TestNetwork.Call);
        Assert.True(page.HasOlder);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => 300L - i), page.Posts.Select(post => post.Id));
    }

    [Fact]
    public async Task It_can_be_moved_and_ended_by_its_author_alone()
    {
        await using var network = await TestNetwork.StartAsync(2, time: _time);
        var moved = await ScheduleAsync(network, Draft("moved"), minutes: 10);
        var ended = await ScheduleAsync(network, Draft("ended"), minutes: 10);
        var at = _time.GetUtcNow().AddHours(1);

        Assert.Null(await network.Scheduled.Reschedule(new Reschedule(_ben, moved.Id, at), TestNetwork.Call));
        Assert.False(await network.Scheduled.Cancel(new CancelScheduled(_ben, ended.Id), TestNetwork.Call));
        var now = await network.Scheduled.Reschedule(new Reschedule(_ann, moved.Id, at), TestNetwork.Call);
        Assert.True(await network.Scheduled.Cancel(new CancelScheduled(_ann, ended.Id), TestNetwork.Call));
        _time.Advance(TimeSpan.FromMinutes(30));
        await network.RestartAsync();

        Assert.Equal(at, now!.At);
        Assert.Empty(await PostsAsync(network));
        _time.Advance(TimeSpan.FromMinutes(31));
        await UntilGoneAsync(network, moved.Id);
        Assert.Equal("moved", Assert.Single(await PostsAsync(network)).Text);
    }

    [Fact]
    public async Task The_same_key_answers_the_same_scheduled_post()
    {
        await using var network = await TestNetwork.StartAsync(1, time: _time);
        var request = new SchedulePost(_ann, _time.GetUtcNow().AddMinutes(10), Draft("once"), "k");

        var first = await network.Scheduled.Schedule(request, TestNetwork.Call);
        var second = await network.Scheduled.Schedule(request, TestNetwork.Call);

        Assert.Equal(first.Id, second.Id);
    }

    [Fact]
    public async Task What_cannot_be_posted_any_more_stays_with_its_author_and_an_answer_to_nothing_is_posted_alone()
    {
        await using var network = await TestNetwork.StartAsync(1, time: _time);
        var parent = await network.PostAsync(1);
        var bad = await ScheduleAsync(
            network, Draft("poll") with { Poll = new ScheduledPoll(["only one"], false, false, 600) }, minutes: 10);
        var answer = await ScheduleAsync(network, Draft("answer") with { InReplyTo = parent.Id.Value }, minutes: 10);
        await network.Posts.Delete(new DeletePost(_ann, parent.Id), TestNetwork.Call);

        _time.Advance(TimeSpan.FromMinutes(10));
        await UntilGoneAsync(network, answer.Id);

        Assert.Equal("answer", Assert.Single(await PostsAsync(network)).Text);
        var refused = await network.Scheduled.Get(new GetScheduled(_ann, bad.Id), TestNetwork.Call);
        Assert.True(refused!.IsRefused);
    }

    private static ScheduledDraft Draft(string text) =>
        new(text, "", false, Visibility.Public, null, 0, [], null, [], null);

    private async Task<ScheduledPost> ScheduleAsync(TestNetwork network, ScheduledDraft draft, int minutes) =>
        await network.Scheduled.Schedule(
            new SchedulePost(_ann, _time.GetUtcNow().AddMinutes(minutes), draft, null), TestNetwork.Call);

    private async Task RefusedAsync(TestNetwork network, int minutes)
    {
        var refusal = await Assert.ThrowsAsync<ServiceException>(() => ScheduleAsync(network, Draft("no"), minutes));
        Assert.Equal(ErrorCode.Invalid, refusal.Code);
    }

    private async Task UntilGoneAsync(TestNetwork network, long id)
    {
        for (var look = 0; await network.Scheduled.Get(new GetScheduled(_ann, id), TestNetwork.Call) is not null; look++)
        {
            // Slowly enough for calls to be answered before the clock says that they are late.
            if (look % 10_000 == 0)
                _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    private static async Task<IReadOnlyList<Post>> PostsAsync(TestNetwork network)
    {
        var page = await network.Timelines.Account(
            new AccountTimeline(_ann, _ann, new PageRange(), false, false), TestNetwork.Call);
        return [.. page.Entries.Select(entry => entry.Post)];
    }
}
