using System.Text.Json;
using System.Text.Json.Serialization;
using Roost.Rpc;

namespace Roost.Cluster;

/// <summary>One process, as the record of its cluster has it.</summary>
/// <param name="Process">Its id; null while it does not run.</param>
/// <param name="Started">When it was started: with the id that says which process is meant.</param>
/// <param name="Starts">How often it was started.</param>
/// <param name="Beginning">The process that is to become it, and is of no use yet; null when there is none.</param>
internal sealed record PartRecord(
    string Name, string Role, int? Process, DateTimeOffset? Started, string? Url, string? Admin, int Starts,
    BegunProcess? Beginning = null)
{
    /// <summary>Whether that very process is there still.</summary>
    [JsonIgnore]
    public bool Runs => Process is { } id && Started is { } at && IsProcess(id, at);

    /// <summary>The process that is there, of use or not yet; null when there is none.</summary>
    [JsonIgnore]
    public int? Alive => Runs ? Process
        : Beginning is { } begun && IsProcess(begun.Process, begun.Started) ? begun.Process
        : null;

    public static bool IsProcess(int id, DateTimeOffset started)
    {
        // The system counts from its start, by its own clock; a process that was given the id anew began much later.
        const double ClockSeconds = 10;
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(id);
            return Math.Abs((process.StartTime.ToUniversalTime() - started).TotalSeconds) < ClockSeconds;
        }
        // One that ends between the two questions is told of in a way of its own.
        catch (Exception gone)
            when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A process that was started and is not ready.</summary>
internal sealed record BegunProcess(int Process, DateTimeOffset Started);

/// <summary>What runs in a cluster: <c>cluster.json</c> in its directory, for <c>roost cluster status</c> and the
/// others.</summary>
/// <param name="Supervisor">The process that started the others.</param>
internal sealed record ClusterRecord(
    int Supervisor, DateTimeOffset Started, string Url, IReadOnlyList<PartRecord> Parts)
{
    private const string File = "cluster.json";

    /// <summary>What directories are named that are made for a run and removed at its end.</summary>
    public const string TemporaryPrefix = "roost-cluster-";

    /// <summary>Whether the process that started the others is there.</summary>
    [JsonIgnore]
    public bool Runs => PartRecord.IsProcess(Supervisor, Started);

    /// <summary>The process of a role that serves: the only one, or that of several which does not stand by. Asks each
    /// for two seconds at most.</summary>
    /// <exception cref="ServiceException">None does.</exception>
    public PartRecord Serving(string role)
    {
        var parts = Parts.Where(part => part.Role == role && part is { Runs: true, Url: not null }).ToArray();
        return (parts is [var only] ? only : Array.Find(parts, IsReady)) ?? throw new ServiceException(
            ErrorCode.Unavailable, $"No process of the cluster serves {role} now; see 'roost cluster status'.");
    }

    private static bool IsReady(PartRecord part)
    {
        if (part.Admin is null) return false;
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, part.Admin + "ready");
            using var reply = http.Send(request);
            return reply.IsSuccessStatusCode;
        }
        catch (Exception none) when (none is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Null where there is none.</summary>
    /// <exception cref="ServiceException">It cannot be read.</exception>
    public static ClusterRecord? Read(string directory)
    {
        var path = Path.Combine(directory, File);
        try
        {
            return JsonSerializer.Deserialize(
                System.IO.File.ReadAllText(path), ClusterRecordJson.Default.ClusterRecord);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception wrong) when (wrong is JsonException or UnauthorizedAccessException)
        {
            throw new ServiceException(ErrorCode.DataDamaged, $"{path} cannot be read.", detail: wrong.Message);
        }
    }

    /// <summary>The cluster in a directory, or, when none is named, the one that runs in a temporary one.</summary>
    /// <exception cref="ServiceException">There is none, or more than one.</exception>
    public static (string Directory, ClusterRecord Record) Find(string? directory)
    {
        if (directory is not null)
        {
            return Read(directory) is { } read
                ? (directory, read)
                : throw new ServiceException(
                    ErrorCode.NotFound,
                    $"No cluster was started in {directory}; 'roost cluster up' tells where it is.");
        }
        var running = Directory.EnumerateDirectories(Path.GetTempPath(), TemporaryPrefix + "*")
            .Select(path => (Path: path, Record: Read(path))).Where(one => one.Record is { Runs: true }).ToArray();
        return running switch
        {
            [var one] => (one.Path, one.Record!),
            [] => throw new ServiceException(
                ErrorCode.NotFound, "No cluster runs in a temporary directory; name its directory with --data."),
            _ => throw new ServiceException(
                ErrorCode.Invalid,
                $"Several clusters run; choose with --data {string.Join(" or ", running.Select(one => one.Path))}."),
        };
    }

    /// <summary>Whoever reads meanwhile gets this one or the one before.</summary>
    public void Write(string directory)
    {
        var path = Path.Combine(directory, File);
        System.IO.File.WriteAllText(
            path + ".new", JsonSerializer.Serialize(this, ClusterRecordJson.Default.ClusterRecord));
        System.IO.File.Move(path + ".new", path, overwrite: true);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(ClusterRecord))]
internal sealed partial class ClusterRecordJson : JsonSerializerContext;
