using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Users;

namespace Roost.Services.Notifications;

/// <summary>Where what the staff is told of, and tells, comes from.</summary>
public sealed record StaffPeers(ModerationApi Moderation, CommunityApi Community);

/// <summary>
/// Tells moderators and those above of who joined or asks to, and of reports; and accounts of their warnings. All three
/// are numbered without gaps, so that the numbers are the feeds: what came while nobody listened is told after the next
/// start. Sleeps until it is rung for.
/// </summary>
internal sealed class StaffNews(
    UsersApi users, StaffPeers staff, Teller teller, StaffFeeds feeds, Bell bell)
{
    private const int JoinedPerRead = 100;
    private const int StaffMax = 1_000;

    /// <summary>Tells until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            var rung = bell.Next();
            await TellOfAccountsAsync(ct);
            await TellOfReportsAsync(ct);
            await TellOfWarningsAsync(ct);
            await rung.WaitAsync(ct);
        }
    }

    /// <summary>The newest report, open or answered; 0 when there is none.</summary>
    public static async ValueTask<long> NewestReportAsync(StaffPeers staff, Call call)
    {
        var open = await staff.Community.Reports(new ListReports(Limit: 1), call);
        var answered = await staff.Community.Reports(new ListReports(Resolved: true, Limit: 1), call);
        return open.Concat(answered).Select(report => report.Id).DefaultIfEmpty().Max();
    }

    private async Task TellOfAccountsAsync(CancellationToken ct)
    {
        var call = Call.Until(ct);
        while (true)
        {
            var last = await users.Count(new CountAccounts(), call);
            if (last <= feeds.Joined.Progress.Done)
                return;
            var accounts = await staff.Moderation.Joined(
                new ListJoined(new AccountId((int)feeds.Joined.Progress.Done), JoinedPerRead), call);
            var readers = accounts.Count == 0 ? [] : await ReadersAsync(call);
            var steps = accounts.SelectMany(account => Steps(
                readers, NoticeKind.SignUp, account.Id, account.Id.Value, account.CreatedAt)).ToList();
            var isWhole = accounts.Count < JoinedPerRead;
            await teller.TellAsync(feeds.Joined, steps, isWhole ? last : accounts[^1].Id.Value, ct);
        }
    }

    private async Task TellOfReportsAsync(CancellationToken ct)
    {
        var call = Call.Until(ct);
        while (await staff.Community.Report(new GetReport(feeds.Reported.Progress.Done + 1), call) is { } report)
        {
            var steps = Steps(
                await ReadersAsync(call), NoticeKind.Report, report.Account, report.Id, report.CreatedAt).ToList();
            await teller.TellAsync(feeds.Reported, steps, report.Id, ct);
        }
    }

    private async Task TellOfWarningsAsync(CancellationToken ct)
    {
        var call = Call.Until(ct);
        var warned = feeds.Warned;
        while (await staff.Community.Warning(new GetWarning(warned.Progress.Done + 1), call) is { } warning)
        {
            var step = new NoticeStep(
                NoticeAction.Tell, warning.Target, NoticeKind.Warning, warning.Target, 0, warning.Id,
                warning.CreatedAt.ToUnixTimeMilliseconds());
            await teller.TellAsync(warned, warning.IsTold ? [step] : [], warning.Id, ct);
        }
    }

    private async ValueTask<List<AccountId>> ReadersAsync(Call call)
    {
        var found = await staff.Moderation.List(
            new ListAccounts([Standing.Active], RoleMin: AccountRole.Moderator, Limit: StaffMax), call);
        return [.. found.Select(record => record.Account.Id)];
    }

    private static IEnumerable<NoticeStep> Steps(
        List<AccountId> readers, NoticeKind kind, AccountId sender, long source, DateTimeOffset at) =>
        readers.Where(reader => reader != sender).Select(reader => new NoticeStep(
            NoticeAction.Tell, reader, kind, sender, 0, source, at.ToUnixTimeMilliseconds()));
}

/// <summary>How far each feed of the staff's is read.</summary>
internal sealed class StaffFeeds
{
    public FeedCursor Joined { get; } = new(Checkpoints.Accounts);

    public FeedCursor Reported { get; } = new(Checkpoints.Reports);

    public FeedCursor Warned { get; } = new(Checkpoints.Warnings);
}
