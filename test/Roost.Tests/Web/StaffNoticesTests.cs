using System.Net;
using System.Text.Json;
using Roost.Services.Notifications;
using Roost.Services.Users;
using Roost.Tests.Services.Timelines;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>What moderators are told, over the client API of a whole server.</summary>
public sealed class StaffNoticesTests
{
    [Fact]
    public async Task Who_asks_to_join_and_what_is_reported_is_told_to_the_staff_alone()
    {
        await using var server = await PopulatedServer.StartAsync();
        var asked = await server.Node.Users.Create(
            new CreateAccount("dora", "dora@example.org", "a long password")
            {
                NeedsApproval = true,
                Reason = "birds",
            }, TestNetwork.Call);
        (await server.PostAsync(
            "/api/v1/reports", new { account_id = server["carol.id"], comment = "loud" }, "bob")).Is(HttpStatusCode.OK);
        await server.Node.Notifications.Caught(new AwaitNotices(), TestNetwork.Call);

        var told = await ListAsync("alice", "types[]=admin.report&types[]=admin.sign_up");
        var report = told[0].GetProperty("report");
        Assert.Equal("admin.report", told[0].GetProperty("type").GetString());
        Assert.Equal("bob", told[0].GetProperty("account").GetProperty("acct").GetString());
        Assert.Equal("loud", report.GetProperty("comment").GetString());
        Assert.Equal("carol", report.GetProperty("target_account").GetProperty("acct").GetString());
        Assert.Equal("admin.sign_up", told[1].GetProperty("type").GetString());
        Assert.Equal("dora", told[1].GetProperty("account").GetProperty("acct").GetString());
        Assert.Empty(await ListAsync("bob", "types[]=admin.report&types[]=admin.sign_up"));
        Assert.DoesNotContain(
            await ListAsync("alice", "exclude_types[]=admin.report"), one => one.TryGetProperty("report", out _));

        var groups = (await server.GetAsync("/api/v2/notifications?types[]=admin.report&types[]=admin.sign_up")).Json;
        var first = groups.GetProperty("notification_groups")[0];
        Assert.Equal("loud", first.GetProperty("report").GetProperty("comment").GetString());
        Assert.Contains(
            "dora", groups.GetProperty("accounts").EnumerateArray().Select(one => one.GetProperty("acct").GetString()));

        await server.Node.Moderation.Erase(new EraseAccount(asked.Account!.Id), TestNetwork.Call);
        Assert.DoesNotContain(
            await ListAsync("alice", ""), one => one.GetProperty("account").GetProperty("acct").GetString() == "dora");

        async Task<JsonElement[]> ListAsync(string name, string query) =>
            [.. (await server.GetAsync("/api/v1/notifications?" + query, name)).Json.EnumerateArray()];
    }
}
