using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Notifications;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Notifications;

public sealed class WarningNewsTests() : WarningNewsContract(isApart: false);

/// <summary>The same of notifications in a process of their own.</summary>
public sealed class WarningNewsApartTests() : WarningNewsContract(isApart: true);

public abstract class WarningNewsContract(bool isApart)
{
    private static readonly AccountId _ann = new(1);
    private static readonly AccountId _ben = new(2);

    [Fact]
    public async Task Who_is_warned_is_told_once_whatever_the_policy_and_over_restarts_too()
    {
        await using var network = await TestNetwork.StartAsync(3, hasNotificationsElsewhere: isApart);
        await network.NoticePolicy.Set(
            new SetPolicy(_ben, PolicyChoice.Drop, PolicyChoice.Drop, PolicyChoice.Drop), TestNetwork.Call);
        var warning = await network.Community.Warn(
            new WarnAccount(_ann, _ben, "silence", " Mind the rules. "), TestNetwork.Call);
        await network.Community.Warn(
            new WarnAccount(_ann, _ben, "none", "for the record", IsTold: false), TestNetwork.Call);

        for (var start = 0; start < 2; start++)
        {
            await network.Notifications.Caught(new AwaitNotices(), TestNetwork.Call);
            var told = Assert.Single(await ListAsync(_ben));
            Assert.Equal((NoticeKind.Warning, _ben, false), (told.Kind, told.Sender, told.IsFiltered));
            Assert.Equal(
                (warning.Id, "silence", "Mind the rules."),
                (told.Warning!.Id, told.Warning.Action, told.Warning.Text));
            Assert.Empty(await ListAsync(_ann));
            await network.RestartAsync();
        }

        async Task<IReadOnlyList<Notice>> ListAsync(AccountId account) => (await network.Notifications.List(
            new ListNotices(account, new NoticeRange(), NoticeChoice.Usual), TestNetwork.Call)).Items;
    }

    [Fact]
    public async Task A_warning_names_the_posts_of_a_report_about_the_account_and_of_no_other()
    {
        await using var network = await TestNetwork.StartAsync(3, hasNotificationsElsewhere: isApart);
        var post = await network.PostAsync(2);
        var report = await network.Community.File(
            new FileReport(_ann, _ben, "spam", "", [post.Id], []), TestNetwork.Call);

        var about = await network.Community.Warn(
            new WarnAccount(_ann, _ben, "none", "", report.Id), TestNetwork.Call);
        var other = await network.Community.Warn(
            new WarnAccount(_ann, new AccountId(3), "none", "", report.Id), TestNetwork.Call);

        Assert.Equal([post.Id], about.Posts);
        Assert.Empty(other.Posts);
        Assert.Equal(other.Id, await network.Community.NewestWarning(new GetNewestWarning(), TestNetwork.Call));
    }

    [Theory]
    [InlineData("kick", 1)]
    [InlineData("none", 2_001)]
    public async Task What_is_no_warning_is_refused(string action, int length)
    {
        await using var network = await TestNetwork.StartAsync(2, hasNotificationsElsewhere: isApart);

        var refusal = await Assert.ThrowsAsync<ServiceException>(async () => await network.Community.Warn(
            new WarnAccount(_ann, _ben, action, new string('x', length)), TestNetwork.Call));

        Assert.Equal(ErrorCode.Invalid, refusal.Code);
        Assert.Equal(0, await network.Community.NewestWarning(new GetNewestWarning(), TestNetwork.Call));
    }
}
