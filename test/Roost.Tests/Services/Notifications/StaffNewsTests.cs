using Roost.Engine.Ids;
using Roost.Services.Notifications;
using Roost.Services.Users;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Notifications;

public sealed class StaffNewsTests() : StaffNewsContract(isApart: false);

/// <summary>The same of notifications in a process of their own.</summary>
public sealed class StaffNewsApartTests() : StaffNewsContract(isApart: true);

public abstract class StaffNewsContract(bool isApart)
{
    [Fact]
    public async Task The_staff_is_told_once_of_who_joined_and_nobody_of_imports_over_restarts_too()
    {
        await using var network = await TestNetwork.StartAsync(3, hasNotificationsElsewhere: isApart);
        await network.Moderation.Change(new ChangeStanding(new(2), Role: AccountRole.Moderator), TestNetwork.Call);
        var joined = (await network.Users.Create(
            new CreateAccount("ann", "ann@example.org", "a long password"), TestNetwork.Call)).Account!;

        for (var start = 0; start < 2; start++)
        {
            await network.Notifications.Caught(new AwaitNotices(), TestNetwork.Call);
            var told = Assert.Single(await ListAsync(2));
            Assert.Equal((NoticeKind.SignUp, joined.Id), (told.Kind, told.Sender));
            Assert.Equal("ann", told.Newcomer!.Username);
            Assert.Empty(await ListAsync(1));
            await network.RestartAsync();
        }

        async Task<IReadOnlyList<Notice>> ListAsync(int account) => (await network.Notifications.List(
            new ListNotices(new AccountId(account), new NoticeRange(), NoticeChoice.Usual), TestNetwork.Call)).Items;
    }

    [Fact]
    public async Task The_staff_is_told_at_once()
    {
        await using var network = await TestNetwork.StartAsync(2, hasNotificationsElsewhere: isApart);
        await network.Moderation.Change(new ChangeStanding(new(2), Role: AccountRole.Moderator), TestNetwork.Call);
        var ct = TestContext.Current.CancellationToken;
        await using var feed = network.Notifications.Feed(0, ct).GetAsyncEnumerator(ct);
        var next = feed.MoveNextAsync();

        // Nobody asks whether all is told by now.
        await network.Users.Create(new CreateAccount("ann", "ann@example.org", "a long password"), TestNetwork.Call);

        Assert.True(await next);
        Assert.Equal(NoticeKind.SignUp, Assert.Single(feed.Current).Kind);
    }
}
