using System.Net;
using Roost.Services.Notifications;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>The page of notifications, without JavaScript.</summary>
public sealed class NotificationPageTests
{
    [Fact]
    public async Task It_says_who_did_what_and_the_frame_how_much_is_new()
    {
        await using var host = await WebHost.StartAsync();
        var (alice, bob) = (host.Network.AddAccount("alice").Id, host.Network.AddAccount("bob").Id);
        var browser = new Browser(host);
        await browser.SignInAsync("alice", "correct horse");
        host.Network.Groups = new GroupPage(
            [
                new NoticeGroup(
                    new GroupKey(NoticeKind.Follow, 0, 7, 0),
                    new Notice(9, alice, NoticeKind.Follow, bob, 0, FakeNetwork.Start, 7, false), 5, 9, 4, FakeNetwork.Start,
                    [bob]),
            ], 9, 4, true);
        host.Network.Unread = 5;

        var page = await browser.GetAsync("/notifications");

        page.Is(HttpStatusCode.OK);
        Assert.Contains("<title>(5) Notifications", page.Body, StringComparison.Ordinal);
        var notice = Browser.Between(page.Body, "<section class=\"notice unread\"", "</section>");
        Assert.Contains("href=\"/@bob\"", notice, StringComparison.Ordinal);
        Assert.Contains("and 4 others", notice, StringComparison.Ordinal);
        Assert.Contains("follow you now", notice, StringComparison.Ordinal);
        Assert.Contains("/notifications?max_id=4", page.Body, StringComparison.Ordinal);

        var read = await browser.SubmitAsync(page, "/notifications/read");

        Assert.Equal("/notifications", read.Header("Location"));
        Assert.Equal(9, host.Network.ReadUpTo);
    }

    [Fact]
    public async Task Strangers_are_asked_to_sign_in_and_come_back()
    {
        await using var host = await WebHost.StartAsync();

        var reply = await host.GetAsync("/notifications");

        Assert.Equal("/sign-in?return_to=%2Fnotifications", reply.Header("Location"));
    }
}
