using System.Globalization;
using Npgsql;
using Roost.Rpc;

namespace Roost.Cluster.Drills;

/// <summary>Something that is done to one process of a cluster.</summary>
/// <param name="Name"><c>kill web</c>.</param>
/// <param name="Find">Whom it is done to, as the cluster is when it is done.</param>
/// <param name="Lasts">How long it is done; zero for what is over at once.</param>
/// <param name="BeginAsync">Does it.</param>
/// <param name="End">Takes it back, after <paramref name="Lasts"/>.</param>
internal sealed record DrillFault(
    string Name, Func<ClusterRecord, PartRecord> Find, TimeSpan Lasts,
    Func<PartRecord, CancellationToken, Task> BeginAsync, Action<PartRecord> End)
{
    /// <summary>Whether the process ends of it, and is started again.</summary>
    public bool Ends { get; private init; }

    /// <summary>All that can be done to a cluster's processes, one after the other: each of ours told to end, as for an
    /// upgrade; each killed; each but the database stopped for a while (a stopped server would leave its connections'
    /// processes running); and all connections to the database cut.</summary>
    /// <remarks>Where a process stands by for another one, it is done to the one that serves by then and to the one
    /// that does not.</remarks>
    /// <exception cref="ServiceException">There is no such part.</exception>
    public static IReadOnlyList<DrillFault> Of(ClusterRecord cluster, DrillOptions options)
    {
        var only = options.Only;
        var unknown = only.FirstOrDefault(name => !cluster.Parts.Any(part => part.Name == name || part.Role == name));
        if (unknown is not null)
        {
            var known = string.Join(", ", cluster.Parts.Select(part => part.Name));
            throw new ServiceException(ErrorCode.Invalid, $"No process is named {unknown}; there are {known}.");
        }
        Target[] targets =
        [
            .. cluster.Parts
                .Where(part => only.Count == 0 || only.Contains(part.Name) || only.Contains(part.Role))
                .Select(part => TargetOf(cluster, part)).DistinctBy(one => one.Name),
        ];
        DrillFault[] restarts =
        [
            .. targets.Where(one => one.Part.Admin is not null).Select(one => Tell($"restart {one.Name}", one)),
        ];
        if (options.Upgrades) return restarts;
        return
        [
            .. restarts,
            .. targets.Select(one => Tell($"kill {one.Name}", one, Signal.Kill)),
            .. targets.Where(one => one.Part.Role != "postgres").Select(one => Stop(one, options.Stopped)),
            .. targets.Where(one => one.Part.Role == "postgres").Select(one => Cut(one, options.Directory)),
        ];
    }

    private static Target TargetOf(ClusterRecord cluster, PartRecord part)
    {
        // Of those with one role all serve, or one stands by, which is named by its number alone.
        PartRecord[] alike = [.. cluster.Parts.Where(one => one.Role == part.Role)];
        var twins = part.Role == ClusterPlan.EtcdRole || alike[0].Name == part.Role ? alike : [part];
        if (twins.Length > 1 && part.Role == ClusterPlan.EtcdRole)
        {
            var leads = part.Name == twins[0].Name;
            return new(
                leads ? "etcd leader" : "etcd member that follows", part,
                now => now.Parts.FirstOrDefault(one => one.Role == part.Role && EtcdEngine.Leads(one.Url!) == leads)
                    ?? throw new ServiceException(ErrorCode.Unavailable, "No member of etcd leads the others."));
        }
        if (twins.Length == 1) return new(part.Name, part, now => now.Parts.Single(one => one.Name == part.Name));
        return part.Name == twins[0].Name
            ? new($"{part.Role} that serves", part, now => now.Serving(part.Role))
            : new($"{part.Role} that stands by", part, now =>
            {
                var serves = now.Serving(part.Role).Name;
                return now.Parts.First(one => one.Role == part.Role && one.Name != serves);
            });
    }

    private static DrillFault Tell(string name, Target on, Signal signal = Signal.Terminate) => new(
        name, on.Find, TimeSpan.Zero, (process, _) => SendAsync(process, signal), static _ => { })
    {
        Ends = true,
    };

    private static DrillFault Stop(Target on, TimeSpan lasts) => new(
        string.Create(CultureInfo.InvariantCulture, $"stop {on.Name} for {lasts.TotalSeconds:0} s"), on.Find, lasts,
        (process, _) => SendAsync(process, Signal.Stop), Continue);

    private static DrillFault Cut(Target on, string directory) => new(
        "cut all connections to " + on.Name, on.Find, TimeSpan.Zero,
        async (process, ct) =>
        {
            var engine = new PostgresEngine(Path.Combine(directory, on.Part.Name), process.Url!.Split(':')[0]);
            await using var source = NpgsqlDataSource.Create(
                $"{engine.Connection("postgres")};Password={engine.Password};Pooling=false");
            await using var cut = source.CreateCommand(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                + "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
            await cut.ExecuteNonQueryAsync(ct);
        },
        static _ => { });

    private static void Continue(PartRecord process) => Send(process, Signal.Continue);

    private static Task SendAsync(PartRecord process, Signal signal)
    {
        Send(process, signal);
        return Task.CompletedTask;
    }

    private static void Send(PartRecord process, Signal signal)
    {
        if (!process.Runs || !Signals.Send(process.Process!.Value, signal))
        {
            throw new ServiceException(
                ErrorCode.Unavailable, $"{process.Name} does not run, or belongs to somebody else.");
        }
    }

    /// <param name="Name">As people are told of it.</param>
    /// <param name="Part">It, or one of its role.</param>
    private sealed record Target(string Name, PartRecord Part, Func<ClusterRecord, PartRecord> Find);
}
