using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Moderation;

/// <summary>
/// What those who look after the community do to accounts, from the admin API and from the pages alike: allowed by
/// rank, done, and written down.
/// </summary>
/// <param name="me">Who does it. That the role allows such things at all, the caller has seen to.</param>
internal sealed class AccountActions(WebServices services, Account me, Call rpc)
{
    /// <summary>Nobody acts on who has the same role or a higher one.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Forbidden"/>.</exception>
    public void RequireRank(Account account)
    {
        if (account.Role >= me.Role) throw Faults.NotAllowed();
    }

    /// <summary>Changes how an account stands.</summary>
    /// <param name="from">What it must be now; null for anything.</param>
    public async ValueTask ChangeAsync(Account account, string verb, Standing? from, ChangeStanding change)
    {
        RequireRank(account);
        if (from is not null && account.Standing != from) throw Faults.NotAllowed();
        await services.Moderation.Change(change with { Account = account.Id }, rpc);
        await NoteAsync($"{verb} account", account.Username);
    }

    /// <summary>Does not let somebody in who waits to be.</summary>
    public async ValueTask RejectAsync(Account account)
    {
        if (account.Standing != Standing.Pending) throw Faults.NotAllowed();
        await services.Moderation.Erase(new EraseAccount(account.Id), rpc);
        await NoteAsync("reject account", account.Username);
    }

    /// <summary>Acts on an account, and answers the report that it is about.</summary>
    /// <param name="type"><c>none</c>, <c>sensitive</c>, <c>disable</c>, <c>silence</c> or <c>suspend</c>.</param>
    /// <param name="report">0 for none.</param>
    public async ValueTask ActAsync(Account account, string type, long report)
    {
        RequireRank(account);
        var change = type switch
        {
            "none" => null,
            "sensitive" => new ChangeStanding(account.Id, Sensitized: true),
            "disable" => new ChangeStanding(account.Id, Standing.Disabled),
            "silence" => new ChangeStanding(account.Id, Silenced: true),
            "suspend" => new ChangeStanding(account.Id, Standing.Suspended),
            _ => throw Faults.Invalid("Validation failed: Type is none of none, sensitive, disable, silence, suspend"),
        };
        // A suspension is more than being disabled, and is not taken back by it.
        if (type == "disable" && account.Standing >= Standing.Suspended) throw Faults.NotAllowed();
        if (change is not null) await services.Moderation.Change(change, rpc);
        await NoteAsync($"{type} account", account.Username);
        if (report > 0)
            await services.Community.ChangeReport(new ChangeReport(report, IsResolved: true, Resolve: me.Id), rpc);
    }

    /// <summary>Writes down what was done.</summary>
    public async ValueTask NoteAsync(string action, string target) =>
        await services.Community.Note(new NoteAction(me.Id, action, target), rpc);
}
