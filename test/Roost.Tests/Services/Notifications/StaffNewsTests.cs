using Roost.Engine.Ids;
using Roost.Services.Notifications;
using Roost.Services.Users;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Notifications;

public sealed class StaffNewsTests
{
    [Fact]
    public async Task The_staff_is_told_once_of_who_joined_and_nobody_of_imports_over_restarts_too()
    {
        await using var network = await TestNetwork.StartAsync(3);
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
}
