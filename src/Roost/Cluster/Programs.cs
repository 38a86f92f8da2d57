using Roost.Rpc;

namespace Roost.Cluster;

/// <summary>Where programs of others are.</summary>
internal static class Programs
{
    private const string DebianPostgres = "/usr/lib/postgresql";

    /// <summary>Null when it is not installed; clusters do without it.</summary>
    public static string? Etcd { get; } = OnPath("etcd");

    /// <summary>The directory with PostgreSQL's programs, of the newest version; null when there is none.</summary>
    public static string? Postgres { get; } = FindPostgres();

    /// <summary>Null when it is not installed; clusters do without it, so with <see cref="RedisCli"/>.</summary>
    public static string? Redis { get; } = OnPath("redis-server");

    public static string? RedisCli { get; } = OnPath("redis-cli");

    /// <summary>Whether inboxes can be in Redis.</summary>
    public static bool HasRedis => Redis is not null && RedisCli is not null;

    public static string RedisMissing => "Redis is not installed (Debian: apt-get install redis-server).";

    public static string EtcdMissing => "etcd is not installed (Debian: apt-get install etcd-server).";

    /// <summary>Null when all engines are there that clusters cannot do without; else what to do.</summary>
    public static string? Missing => Postgres is null
        ? "PostgreSQL is not installed (Debian: apt-get install postgresql)."
        : null;

    /// <summary>As a shell would find it.</summary>
    public static string? OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    /// <summary>This program, as it was started.</summary>
    public static string Own => Environment.ProcessPath
        ?? throw new ServiceException(ErrorCode.Unavailable, "The system does not tell which program this is.");

    private static string? FindPostgres()
    {
        // Debian keeps versions side by side and off the path.
        var installed = Directory.Exists(DebianPostgres)
            ? Directory.GetDirectories(DebianPostgres)
                .OrderByDescending(path => int.TryParse(Path.GetFileName(path), out var version) ? version : 0)
                .Select(path => Path.Combine(path, "bin"))
            : [];
        return installed.Append(Path.GetDirectoryName(OnPath("initdb")))
            .FirstOrDefault(path => path is not null && File.Exists(Path.Combine(path, "initdb")));
    }
}
