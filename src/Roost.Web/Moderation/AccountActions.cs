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
    private const int ReportsPerRead = 100;

    /// <summary>Changes by their verbs: what an account must be for each, null for anything, and how it stands
    /// then.</summary>
    private static readonly Dictionary<string, (Predicate<Account>? IsAllowed, ChangeStanding Change)> _changes = new()
    {
        ["approve"] = (account => account.IsWaiting, new ChangeStanding(default, Waiting: false)),
        ["enable"] = (null, new ChangeStanding(default, Disabled: false)),
        ["unsuspend"] = (
            account => account.Standing == Standing.Suspended, new ChangeStanding(default, Suspended: false)),
        ["unsilence"] = (null, new ChangeStanding(default, Silenced: false)),
        ["unsensitive"] = (null, new ChangeStanding(default, Sensitized: false)),
    };

    /// <summary>The verbs of <see cref="ChangeAsync"/>: they let somebody in, or take back what was done.</summary>
    public static IEnumerable<string> Verbs => _changes.Keys;

    /// <summary>Nobody acts on who has the same role or a higher one.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Forbidden"/>.</exception>
    public void RequireRank(Account account)
    {
        if (account.Role >= me.Role) throw Faults.NotAllowed();
    }

    /// <summary>Changes how an account stands.</summary>
    /// <param name="verb">One of <see cref="Verbs"/>.</param>
    public async ValueTask ChangeAsync(Account account, string verb)
    {
        var (isAllowed, change) = _changes[verb];
        RequireRank(account);
        if (isAllowed?.Invoke(account) is false) throw Faults.NotAllowed();
        await services.Moderation.Change(change with { Account = account.Id }, rpc);
        await NoteAsync($"{verb} account", account.Username);
    }

    /// <summary>Does not let somebody in who waits to be.</summary>
    public async ValueTask RejectAsync(Account account)
    {
        if (!account.IsWaiting) throw Faults.NotAllowed();
        await services.Moderation.Erase(new EraseAccount(account.Id), rpc);
        await NoteAsync("reject account", account.Username);
    }

    /// <summary>Acts on an account, warns it, and answers the report that it is about; whoever does more than warn
    /// answers all that is reported of the account.</summary>
    /// <param name="type"><c>none</c>, <c>sensitive</c>, <c>disable</c>, <c>silence</c> or <c>suspend</c>.</param>
    public async ValueTask ActAsync(Account account, string type, ActionWords words)
    {
        RequireRank(account);
        var warning = new WarnAccount(me.Id, account.Id, type, words.Text, words.Report, words.IsTold);
        warning.Require();
        if (words.Report > 0 && await services.Community.Report(new GetReport(words.Report), rpc) is null)
            throw Faults.NotFound();
        var change = type switch
        {
            "sensitive" => new ChangeStanding(account.Id, Sensitized: true),
            "disable" => new ChangeStanding(account.Id, Disabled: true),
            "silence" => new ChangeStanding(account.Id, Silenced: true),
            "suspend" => new ChangeStanding(account.Id, Suspended: true),
            _ => null,
        };
        if (change is not null) await services.Moderation.Change(change, rpc);
        await NoteAsync($"{type} account", account.Username);
        await services.Community.Warn(warning, rpc);
        if (words.Report > 0) await ResolveAsync(words.Report);
        if (type != "none") await ResolveAllAsync(account);
    }

    private async ValueTask ResolveAllAsync(Account account)
    {
        while (true)
        {
            var open = await services.Community.Reports(
                new ListReports(Target: account.Id, Limit: ReportsPerRead), rpc);
            foreach (var report in open) await ResolveAsync(report.Id);
            if (open.Count < ReportsPerRead) return;
        }
    }

    private async ValueTask ResolveAsync(long report) => await services.Community.ChangeReport(
        new ChangeReport(report, IsResolved: true, Resolve: me.Id), rpc);

    /// <summary>Writes down what was done.</summary>
    public async ValueTask NoteAsync(string action, string target) =>
        await services.Community.Note(new NoteAction(me.Id, action, target), rpc);
}

/// <summary>What goes with an action.</summary>
/// <param name="Text">To the account; may be empty.</param>
/// <param name="Report">That it is about; 0 for none.</param>
/// <param name="IsTold">Whether the account is told of it.</param>
internal readonly record struct ActionWords(string Text, long Report = 0, bool IsTold = true);
