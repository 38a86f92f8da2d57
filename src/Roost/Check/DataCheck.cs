using Roost.Composition;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.AnnualReports;
using Roost.Services.Collections;
using Roost.Services.Community;
using Roost.Services.Conversations;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Media;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Scheduled;
using Roost.Services.Search;
using Roost.Services.Storage;
using Roost.Services.Users;
using Roost.Services.WebPush;

namespace Roost.Check;

/// <summary>
/// Verifies a data directory that no process is using, and mends, when asked, what can be made again from what is
/// intact. Each service checks its own files; here they are held against each other: every account that a follow or a
/// post names must exist, and a part may be missing only where no other holds anything.
/// </summary>
/// <remarks>
/// Acknowledged data is never changed: what a repair removes is contradicted by what proves it, as a follow that an
/// event ended. Only who accepts a loss gives up what cannot be read, and of that only. Takes as long as reading
/// everything once, on one thread.
/// </remarks>
public static class DataCheck
{
    private const string UsersPart = "users";

    /// <param name="directory">The data directory; held until the check has ended.</param>
    /// <param name="progress">Told the part, and 0 of 1 when it begins, 1 of 1 when it has ended.</param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.NotFound"/>: there is no Roost data. <see cref="ErrorCode.Conflict"/>: a process is using
    /// it (the message has its id), or a newer Roost wrote it. <see cref="ErrorCode.DataDamaged"/>: not even its
    /// layout can be told. <see cref="ErrorCode.StorageFull"/>, <see cref="ErrorCode.Unavailable"/>,
    /// <see cref="ErrorCode.Forbidden"/>: it cannot be read, or not be repaired.
    /// </exception>
    /// <param name="loss">With anything but <see cref="LossChoice.Refuse"/>, damaged posts may be given up.</param>
    public static DataReport Run(
        string directory, bool repair, Action<string, long, long>? progress = null,
        LossChoice loss = LossChoice.Refuse, CancellationToken ct = default)
    {
        using var data = DataDirectory.Open(directory, create: false);
        KnownAccounts? accounts = null;
        var arePostsGivenUp = false;
        CheckReport[] parts =
        [
            Track(UsersPart, () =>
            {
                (var report, accounts) = UsersCheck.Run(data, repair, ct);
                return report;
            }),
            Track("graph", () => GraphCheck.Run(data, repair, Exists(), ct)),
            Track("posts", () =>
            {
                var report = PostsCheck.Run(data, repair, Exists(), loss, ct);
                arePostsGivenUp = loss == LossChoice.Accept && report.Lost.Count > 0;
                return report;
            }),
            Track(SearchService.Folder, () => SearchCheck.Run(data, arePostsGivenUp)),
            // What is in the same database may be another directory's.
            Track(MediaService.Name, () => RolePlace.Media.IsElsewhere(data)
                ? CheckReport.Missing(MediaService.Name)
                : MediaCheck.Run(data, repair, ct)),
            Track(Services.Cards.CardsService.Name, () => Services.Cards.CardsCheck.Run(data, repair)),
            Track(FiltersService.Name, () => FiltersCheck.Run(data, repair, Exists())),
            Track(CommunityService.Name, () => CommunityCheck.Run(data, repair)),
            Track(NotificationsService.Name, () => RolePlace.Notifications.IsElsewhere(data)
                ? CheckReport.Missing(NotificationsService.Name)
                : NotificationsCheck.Run(data, repair, Exists(), ct)),
            Track(ConversationsService.Name, () => ConversationsCheck.Run(data, repair)),
            Track(ScheduledService.Name, () => ScheduledCheck.Run(data, repair)),
            Track(WebPushService.Name, () => RolePlace.Notifications.IsElsewhere(data)
                ? CheckReport.Missing(WebPushService.Name)
                : WebPushCheck.Run(data, repair, Exists())),
            Track(CollectionsService.Name, () => CollectionsCheck.Run(data, repair, Exists())),
            Track(AnnualReportsService.Name, () => AnnualReportsCheck.Run(data, repair, Exists())),
        ];
        return new DataReport(data.Path, repair, loss, [.. parts.Select(part => Judge(data, part, parts, accounts))]);

        Predicate<AccountId>? Exists() => accounts is null ? null : accounts.Contains;

        CheckReport Track(string part, Func<CheckReport> check)
        {
            ct.ThrowIfCancellationRequested();
            progress?.Invoke(part, 0, 1);
            var report = check();
            progress?.Invoke(part, 1, 1);
            return report;
        }
    }

    /// <summary>Adds what a part's own check could not tell: what it means that it is missing, or cannot be
    /// read.</summary>
    private static CheckReport Judge(
        DataDirectory data, CheckReport part, CheckReport[] all, KnownAccounts? accounts)
    {
        var nothingIsThere = all.All(other => other.IsMissing || other.IsEmpty);
        var findings = part.Findings.ToList();
        if (part.IsMissing)
        {
            // One that an older Roost did not have yet is made by the next start, too.
            var isNew = !DataParts.MayHaveHeld(data, part.Part) && !DataParts.MayHaveHeld(data, $"{part.Part}.db");
            findings.Add(nothingIsThere || isNew
                ? new Finding(FindingKind.Note, part.Part, WhyMissing(data, part.Part))
                : new Finding(
                    FindingKind.Damage, part.Part,
                    "It is missing, and the other parts of the data show that it was there. A start would make an "
                    + "empty one: do not start this directory before it is back."));
        }
        if (part.Part == UsersPart && accounts is null && !nothingIsThere)
        {
            findings.Add(new Finding(
                FindingKind.Note, part.Part,
                "Without it the accounts that follows and posts name were not looked up. Check again when it is "
                + "back."));
        }
        return part with { Findings = findings };
    }

    private static string WhyMissing(DataDirectory data, string part)
    {
        if (RolePlace.All.FirstOrDefault(place => place.Parts.Contains($"{part}.db")) is { } here
            && here.IsElsewhere(data))
        {
            return $"It is in the directory of a 'roost serve {here.Role}', which has to be checked, too. What names "
                + "it is not held against it.";
        }
        var alone = RolePlace.All.FirstOrDefault(place => DataParts.HasHeld(data, place.Part));
        return alone is null || DataParts.HasHeld(data, PostsService.Folder)
            ? "It is not there yet; a start makes it."
            : $"This is the directory of a 'roost serve {alone.Role}': it has nothing else.";
    }
}
