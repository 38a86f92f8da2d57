using Roost.Rpc.Admin.Errors;

namespace Roost.Rpc.Admin.Network;

/// <summary>All processes that are known, as one of them sees the network.</summary>
public sealed record NetworkReport(DateTimeOffset At, IReadOnlyList<ProcessView> Processes)
{
    /// <summary>Every error of the network once, those first that somebody should look at first.</summary>
    public IReadOnlyList<NetworkError> Errors() => NetworkErrors.Of(this);
}

/// <summary>One process.</summary>
/// <param name="Services">What it serves, as it announces itself.</param>
/// <param name="Address">Where it is called; empty when that is not known.</param>
/// <param name="Admin">Where it is asked; empty for nowhere, and for this process.</param>
/// <param name="Report">What it told last; null when it never has.</param>
/// <param name="Age">How long ago that was; zero for now.</param>
/// <param name="State">Whether it tells now, and if not, why.</param>
public sealed record ProcessView(
    string Id, IReadOnlyList<string> Services, string Address, string Admin, string Zone, string Version,
    ProcessReport? Report, TimeSpan Age, ProcessState State)
{
    /// <summary>For people: what it does, and which of several it is.</summary>
    public string Name =>
        $"{string.Join("+", Services)} {(Address.Length > 0 ? Address : Id[..Math.Min(8, Id.Length)])}";
}

/// <summary>Whether a process tells of itself.</summary>
public enum ProcessState
{
    /// <summary>It does.</summary>
    Answers,
    /// <summary>It announces itself, and its admin port does not answer.</summary>
    Silent,
    /// <summary>It has no admin port that it could be asked at.</summary>
    Mute,
    /// <summary>It does not announce itself any more.</summary>
    Gone,
}

/// <summary>One error of the network.</summary>
/// <param name="Group">All processes' events together.</param>
/// <param name="Where">The processes that have it, by name.</param>
public sealed record NetworkError(ErrorReport Group, IReadOnlyList<string> Where);

/// <summary>Adds up what processes tell of the same errors.</summary>
internal static class NetworkErrors
{
    public static IReadOnlyList<NetworkError> Of(NetworkReport network)
    {
        var told = network.Processes.Where(process => process.Report is not null).ToArray();
        var requests = told.GroupBy(RoleOf)
            .ToDictionary(role => role.Key, role => role.Sum(process => process.Report!.Requests));
        var merged = told
            .SelectMany(process => process.Report!.Errors.Select(group => (Process: process, Group: group)))
            .GroupBy(one => one.Group.Fingerprint)
            .Select(same => Merged([.. same], requests))
            .ToDictionary(error => error.Group.Fingerprint);
        return
        [
            .. ErrorRank.Ranked(merged.Values.Select(error => error.Group)).Select(group => merged[group.Fingerprint]),
        ];
    }

    private static NetworkError Merged(
        (ProcessView Process, ErrorReport Group)[] same, Dictionary<string, long?> requests)
    {
        var newest = same.MaxBy(one => one.Group.Last).Group;
        var first = same.MinBy(one => one.Group.First).Group;
        var people = new PeopleSketch();
        var versions = new Dictionary<string, long>();
        foreach (var (_, group) in same)
        {
            people.Merge(group.People);
            foreach (var (version, count) in group.Versions)
                versions[version] = versions.GetValueOrDefault(version) + count;
        }
        var met = same.Sum(one => IsRecent(one.Process) ? one.Group.Met : 0);
        // Of all requests to the processes that do the same as those that have it.
        var all = same.Select(one => RoleOf(one.Process)).Distinct()
            .Aggregate((long?)0, (sum, role) => sum + requests[role]);
        return new(
            newest with
            {
                First = first.First,
                FirstVersion = first.FirstVersion,
                Total = same.Sum(one => one.Group.Total),
                Minutes = Added(same),
                Versions = versions,
                Met = met,
                Users = Math.Max(people.Estimate, same.Max(one => one.Group.Users)),
                People = people.ToArray(),
                Level = ErrorRank.LevelOf(met, all),
                // Somebody who remembers earlier versions says so, and nobody has seen it in another one.
                IsNew = same.Any(one => one.Group.IsNew)
                    && same.All(one => one.Group.FirstVersion == first.FirstVersion),
                IsBack = same.Any(one => one.Group.IsBack),
                ResolvedAt = same.All(one => one.Group.IsResolved) ? same.Max(one => one.Group.ResolvedAt) : null,
            },
            [.. same.Select(one => one.Process.Name).Order(StringComparer.Ordinal)]);
    }

    /// <summary>By the minute that it is now: what a process told some time ago has moved on since.</summary>
    private static int[] Added((ProcessView Process, ErrorReport Group)[] same)
    {
        var minutes = new int[ErrorRank.MinutesKept];
        foreach (var (process, group) in same)
        {
            var ago = (int)Math.Min(minutes.Length, process.Age.TotalMinutes);
            for (var i = ago; i < Math.Min(minutes.Length, group.Minutes.Count); i++)
                minutes[i - ago] += group.Minutes[i];
        }
        return minutes;
    }

    private static bool IsRecent(ProcessView process) => process.Age.TotalMinutes < ErrorRank.RecentMinutes;

    private static string RoleOf(ProcessView process) => string.Join(',', process.Report!.Roles);
}
