using System.Text.Json;
using Roost.Services.Users;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Moderation;

internal sealed record AdminIpReply(string Ip, string UsedAt);

internal sealed record AdminAccountReply(
    string Id, string Username, string? Domain, string CreatedAt, string Email, string? Ip,
    IReadOnlyList<AdminIpReply> Ips, string Locale, string? InviteRequest, Role Role, bool Confirmed, bool Approved,
    bool Disabled, bool Silenced, bool Suspended, bool Sensitized, JsonElement Account, string? CreatedByApplicationId,
    string? InvitedByAccountId)
{
    public static async ValueTask<AdminAccountReply> OfAsync(AdminCall call, AccountRecord record)
    {
        var account = record.Account;
        return new AdminAccountReply(
            account.Id.ToString(), account.Username, null, TimeText.Of(account.CreatedAt),
            record.Email ?? "", record.Ip ?? record.Addresses.Select(one => one.Ip).FirstOrDefault(),
            [.. record.Addresses.Select(one => new AdminIpReply(one.Ip, TimeText.Of(one.At)))],
            record.Locale ?? "en", record.Reason, Role.Of(account.Role), true, !account.IsWaiting,
            account.IsDisabled, account.IsSilenced, account.Standing >= Standing.Suspended,
            account.IsSensitized, AccountElement.Of(call.Call.Site, await call.ViewAsync(account)),
            record.AppId == 0 ? null : AdminCall.Text(record.AppId), null);
    }
}

/// <summary><c>/api/v1/admin/accounts</c> and <c>/api/v2/admin/accounts</c>.</summary>
internal static class AdminAccounts
{
    private const string Path = "/api/v1/admin/accounts";
    private const string Read = "admin:read:accounts";
    private const string Write = "admin:write:accounts";

    /// <summary>How accounts stand that are not gone.</summary>
    public static readonly IReadOnlyList<Standing> There =
        [Standing.Active, Standing.Disabled, Standing.Pending, Standing.Suspended, Standing.Deleting];

    public static void Map(AdminRoutes routes)
    {
        routes.Get(Path, Read, Permissions.ManageUsers, ListV1Async);
        routes.Get("/api/v2/admin/accounts", Read, Permissions.ManageUsers, ListV2Async);
        routes.Get(Path + "/{id}", Read, Permissions.ManageUsers, async call =>
            await ReplyAsync(call, await call.AccountInPathAsync()));
        routes.Post(Path + "/{id}/action", Write, Permissions.ManageUsers, ActAsync);
        foreach (var verb in AccountActions.Verbs) Change(routes, verb);
        routes.Post(Path + "/{id}/reject", Write, Permissions.ManageUsers, RejectAsync);
        routes.Delete(Path + "/{id}", Write, Permissions.DeleteUserData, DeleteAsync);
    }

    private static void Change(AdminRoutes routes, string verb) =>
        routes.Post($"{Path}/{{id}}/{verb}", Write, Permissions.ManageUsers, async call =>
        {
            var record = await call.AccountInPathAsync();
            await ActionsOf(call).ChangeAsync(record.Account, verb);
            await ReplyAsync(call, await call.AccountInPathAsync());
        });

    private static Task ListV1Async(AdminCall call)
    {
        var query = call.Call.Query;
        var standings = Flagged("active", Standing.Active) ?? Flagged("pending", Standing.Pending)
            ?? Flagged("disabled", Standing.Disabled) ?? Flagged("suspended", Standing.Suspended) ?? There;
        return ListAsync(
            call, standings, query.Flag("silenced") is true, query.Flag("sensitized") is true,
            query.Flag("staff") is true, query.Flag("remote") is true);

        IReadOnlyList<Standing>? Flagged(string name, Standing standing) =>
            query.Flag(name) is true ? [standing] : null;
    }

    private static Task ListV2Async(AdminCall call)
    {
        var query = call.Call.Query;
        var status = query.Text("status");
        IReadOnlyList<Standing> standings = status switch
        {
            null or "" or "silenced" or "sensitized" => There,
            "active" => [Standing.Active],
            "pending" => [Standing.Pending],
            "disabled" => [Standing.Disabled],
            "suspended" => [Standing.Suspended, Standing.Deleting],
            _ => throw Faults.Invalid($"status is '{Parameters.Shortened(status)}'; send active, pending, disabled, "
                + "silenced or suspended."),
        };
        return ListAsync(
            call, standings, status == "silenced", status == "sensitized", query.Text("permissions") == "staff",
            query.Text("origin") == "remote");
    }

    private static async Task ListAsync(
        AdminCall call, IReadOnlyList<Standing> standings, bool silenced, bool sensitized, bool staff, bool remote)
    {
        var query = call.Call.Query;
        var oldest = query.Text("min_id") is { Length: > 0 };
        var limit = query.Limit(100, 200);
        // Nobody here is of another server, or was invited.
        var isNobody = remote || query.Text("by_domain") is { Length: > 0 }
            || query.Text("invited_by") is { Length: > 0 };
        var records = isNobody
            ? []
            : await call.Services.Moderation.List(
                new ListAccounts(
                    standings, silenced, sensitized, staff ? AccountRole.Moderator : AccountRole.User,
                    query.Text("username"), query.Text("display_name"), query.Text("email"),
                    query.Text("ip") is { Length: > 0 } ip ? ip : null, Bounded(query.Cursor("max_id")),
                    Bounded(query.Cursor(oldest ? "min_id" : "since_id")), oldest, limit), call.Call.Rpc);
        if (query.List("role_ids") is { Count: > 0 } roles)
            records = [.. records.Where(record => roles.Contains(Role.Of(record.Account.Role).Id))];
        if (records.Count > 0)
        {
            Paging.AddLinks(
                call.Call, records[0].Account.Id.Value, records[^1].Account.Id.Value, records.Count == limit);
        }
        var replies = new List<AdminAccountReply>(records.Count);
        foreach (var record in records) replies.Add(await AdminAccountReply.OfAsync(call, record));
        await call.Call.ReplyAsync([.. replies], WebJson.Default.AdminAccountReplyArray);
    }

    private static async Task ActAsync(AdminCall call)
    {
        var record = await call.AccountInPathAsync();
        ActionsOf(call).RequireRank(record.Account);
        var parameters = await call.Call.ReadParametersAsync();
        var type = parameters.Text("type") is { Length: > 0 } given ? given : "none";
        // No mail is sent: the notification is what tells the account. Presets of words there are none.
        var words = new ActionWords(
            (parameters.Text("text") ?? "").Trim(), parameters.Cursor("report_id"),
            parameters.Flag("send_email_notification") is not false);
        await ActionsOf(call).ActAsync(record.Account, type, words);
        await call.Call.ReplyAsync(ApiCall.EmptyObject);
    }

    private static async Task RejectAsync(AdminCall call)
    {
        var record = await call.AccountInPathAsync();
        var reply = await AdminAccountReply.OfAsync(call, record);
        await ActionsOf(call).RejectAsync(record.Account);
        await call.Call.ReplyAsync(reply, WebJson.Default.AdminAccountReply);
    }

    /// <summary>Only who is suspended: so that a slip can be taken back.</summary>
    private static async Task DeleteAsync(AdminCall call)
    {
        var record = await call.AccountInPathAsync();
        ActionsOf(call).RequireRank(record.Account);
        if (record.Account.Standing != Standing.Suspended) throw Faults.NotAllowed();
        await call.Services.Moderation.Change(new ChangeStanding(record.Account.Id, Delete: true), call.Call.Rpc);
        await call.NoteAsync("delete account", record.Account.Username);
        await ReplyAsync(call, record);
    }

    private static AccountActions ActionsOf(AdminCall call) => new(call.Services, call.Me, call.Call.Rpc);

    private static async Task ReplyAsync(AdminCall call, AccountRecord record) => await call.Call.ReplyAsync(
        await AdminAccountReply.OfAsync(call, record), WebJson.Default.AdminAccountReply);

    private static int Bounded(long cursor) => (int)Math.Min(cursor, int.MaxValue);
}
