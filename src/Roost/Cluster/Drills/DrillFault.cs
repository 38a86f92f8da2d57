using System.Globalization;
using Npgsql;
using Roost.Rpc;

namespace Roost.Cluster.Drills;

/// <summary>Something that is done to one process of a cluster.</summary>
/// <param name="Name"><c>kill web</c>.</param>
/// <param name="Part">Whom it is done to.</param>
/// <param name="Lasts">How long it is done; zero for what is over at once.</param>
/// <param name="BeginAsync">Does it.</param>
/// <param name="End">Takes it back, after <paramref name="Lasts"/>.</param>
internal sealed record DrillFault(
    string Name, string Part, TimeSpan Lasts, Func<PartRecord, CancellationToken, Task> BeginAsync,
    Action<PartRecord> End)
{
    /// <summary>Whether the process ends of it, and is started again.</summary>
    public bool Ends { get; private init; }

    /// <summary>All that can be done to a cluster's processes, one after the other: each of ours told to end, as for an
    /// upgrade; each killed; each but the database stopped for a while (a stopped server would leave its connections'
    /// processes running); and all connections to the database cut.</summary>
    /// <param name="directory">The cluster's.</param>
    /// <param name="only">Parts or roles; all when there are none.</param>
    /// <exception cref="ServiceException">There is no such part.</exception>
    public static IReadOnlyList<DrillFault> Of(
        ClusterRecord cluster, string directory, IReadOnlyList<string> only, TimeSpan stopped)
    {
        var unknown = only.FirstOrDefault(name => !cluster.Parts.Any(part => part.Name == name || part.Role == name));
        if (unknown is not null)
        {
            var known = string.Join(", ", cluster.Parts.Select(part => part.Name));
            throw new ServiceException(ErrorCode.Invalid, $"No process is named {unknown}; there are {known}.");
        }
        var parts = cluster.Parts.Where(part => only.Count == 0 || only.Contains(part.Name) || only.Contains(part.Role))
            .ToArray();
        return
        [
            .. parts.Where(part => part.Admin is not null).Select(part => Tell($"restart {part.Name}", part.Name)),
            .. parts.Select(part => Tell($"kill {part.Name}", part.Name, Signal.Kill)),
            .. parts.Where(part => part.Role != "postgres").Select(part => Stop(part.Name, stopped)),
            .. parts.Where(part => part.Role == "postgres").Select(part => Cut(part.Name, directory)),
        ];
    }

    private static DrillFault Tell(string name, string part, Signal signal = Signal.Terminate) => new(
        name, part, TimeSpan.Zero, (process, _) => SendAsync(process, signal), static _ => { })
    {
        Ends = true,
    };

    private static DrillFault Stop(string part, TimeSpan lasts) => new(
        string.Create(CultureInfo.InvariantCulture, $"stop {part} for {lasts.TotalSeconds:0} s"), part, lasts,
        (process, _) => SendAsync(process, Signal.Stop), process => Send(process, Signal.Continue));

    private static DrillFault Cut(string part, string directory) => new(
        "cut all connections to " + part, part, TimeSpan.Zero,
        async (process, ct) =>
        {
            var engine = new PostgresEngine(Path.Combine(directory, part), process.Url!.Split(':')[0]);
            await using var source = NpgsqlDataSource.Create(
                $"{engine.Connection("postgres")};Password={engine.Password};Pooling=false");
            await using var cut = source.CreateCommand(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                + "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
            await cut.ExecuteNonQueryAsync(ct);
        },
        static _ => { });

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
}
