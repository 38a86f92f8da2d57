using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// The numbered steps (<c>0001_accounts.sql</c>, <c>0002_…</c>) that made a service's tables what they are. At start
/// those that the database lacks are applied in order, forward only, each in a transaction with its own entry in
/// <c>schema_migrations</c>.
/// </summary>
/// <remarks>
/// An entry keeps the step's SHA-256. A step that was applied and then edited, or one that this build does not know,
/// means that the tables are not what the code expects; the database is then refused rather than guessed at.
/// </remarks>
public sealed class SqlMigrations
{
    private readonly IReadOnlyList<Migration> _steps;

    private SqlMigrations(IReadOnlyList<Migration> steps) => _steps = steps;

    /// <summary>The steps that are embedded in the service's folder:
    /// <c>{folder}/Migrations/NNNN_name.sql</c>.</summary>
    /// <param name="folder">As in the namespace, for example <c>Users</c>, whatever its case.</param>
    public static SqlMigrations Embedded(string folder)
    {
        var assembly = typeof(SqlMigrations).Assembly;
        var prefix = $"Roost.Services.{folder}.Migrations.";
        return FromScripts(assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .Select(name => (name[prefix.Length..], ReadResource(assembly, name))));
    }

    /// <summary>Steps from their file names and texts, in any order.</summary>
    /// <exception cref="ArgumentException">The numbers are not 1, 2, 3, … or a name is not
    /// <c>NNNN_name.sql</c>.</exception>
    internal static SqlMigrations FromScripts(IEnumerable<(string FileName, string Sql)> scripts)
    {
        var steps = scripts.Select(script => Migration.Parse(script.FileName, script.Sql))
            .OrderBy(step => step.Version).ToList();
        if (steps.Count == 0) throw new ArgumentException("There are no migrations.", nameof(scripts));
        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i].Version != i + 1)
            {
                throw new ArgumentException(
                    $"Migrations are numbered 1, 2, 3, … without gaps; {steps[i].Name} stands in place {i + 1}.",
                    nameof(scripts));
            }
        }
        return new SqlMigrations(steps);
    }

    /// <summary>Applies what is missing.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: the tables were made by other steps than
    /// these.</exception>
    internal void Apply(SqlSession session, string path, TimeProvider time)
    {
        foreach (var step in Missing(session, path))
        {
            // A failure in here closes the connection (see SqlDatabase.Open), which undoes the step as a whole.
            session.Execute(session.Dialect.BeginText);
            Apply(step, session, time);
            session.Execute("COMMIT");
        }
    }

    /// <summary>Applies what is missing as part of the transaction that the session is in.</summary>
    /// <inheritdoc cref="Apply(SqlSession, string, TimeProvider)"/>
    internal void ApplyWithinTransaction(SqlSession session, string path, TimeProvider time)
    {
        foreach (var step in Missing(session, path)) Apply(step, session, time);
    }

    /// <summary>How many steps there are.</summary>
    internal int Count => _steps.Count;

    /// <summary>How many of the steps a database has applied: 0 when it has no tables at all.</summary>
    /// <inheritdoc cref="Apply(SqlSession, string, TimeProvider)"/>
    internal int CountApplied(SqlSession session, string path)
    {
        if (!session.Dialect.ReadSchema(session).ContainsKey("schema_migrations")) return 0;
        var applied = ReadApplied(session);
        RefuseOtherSchema(applied, path);
        return applied.Count;
    }

    private List<Migration> Missing(SqlSession session, string path)
    {
        session.ExecuteScript(session.Dialect.Adapt("""
            CREATE TABLE IF NOT EXISTS schema_migrations (
              version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL);
            """));
        var applied = ReadApplied(session);
        RefuseOtherSchema(applied, path);
        return [.. _steps.Skip(applied.Count)];
    }

    private static void Apply(Migration step, SqlSession session, TimeProvider time)
    {
        session.ExecuteScript(session.Dialect.Adapt(step.Sql));
        session.Execute("INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (@version, "
            + "@name, @checksum, @at)",
            step.Version, step.Name, step.Checksum, time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    private void RefuseOtherSchema(List<(int Version, string Name, string Checksum)> applied, string path)
    {
        for (var i = 0; i < applied.Count; i++)
        {
            var (version, name, checksum) = applied[i];
            if (version != i + 1)
            {
                throw new ServiceException(ErrorCode.DataDamaged,
                    $"{path} has applied migration {version} ({name}) but not {i + 1}. Restore a backup.");
            }
            if (i >= _steps.Count)
            {
                throw new ServiceException(ErrorCode.Conflict,
                    $"{path} was written by a newer Roost: it has migration {version} ({name}), this one knows "
                    + $"{_steps.Count}. Start the newer Roost, or restore a backup made before it.");
            }
            if (checksum != _steps[i].Checksum)
            {
                throw new ServiceException(ErrorCode.Conflict,
                    $"{path} was made with another text of migration {version} ({name}) than this Roost has. An "
                    + "applied migration must never be edited: add a new one, and start the Roost that made this "
                    + "database.",
                    $"applied {checksum}, known {_steps[i].Checksum}");
            }
        }
    }

    private static List<(int Version, string Name, string Checksum)> ReadApplied(SqlSession session)
    {
        var applied = new List<(int, string, string)>();
        using var rows = session.Query("SELECT version, name, checksum FROM schema_migrations ORDER BY version");
        while (rows.Read()) applied.Add((rows.GetInt32(0), rows.GetString(1), rows.GetString(2)));
        return applied;
    }

    private static string ReadResource(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private sealed record Migration(int Version, string Name, string Sql, string Checksum)
    {
        public static Migration Parse(string fileName, string sql)
        {
            if (fileName.Length < 10 || fileName[4] != '_' || !fileName.EndsWith(".sql", StringComparison.Ordinal)
                || !int.TryParse(
                    fileName.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            {
                throw new ArgumentException($"A migration is called NNNN_name.sql, not {fileName}.", nameof(fileName));
            }
            // A checkout with other line ends is the same step.
            var checksum = SHA256.HashData(Encoding.UTF8.GetBytes(sql.ReplaceLineEndings("\n")));
            return new Migration(version, fileName[5..^4], sql, Convert.ToHexStringLower(checksum));
        }
    }
}
