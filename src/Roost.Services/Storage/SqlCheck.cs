using System.Data.Common;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>What a look at a database found, and how to mend what can be mended.</summary>
/// <param name="Counts">As in <see cref="CheckReport"/>.</param>
/// <param name="Mend">
/// Mends every repairable finding and says what it did, a sentence each; null when there is none. Runs in a
/// transaction.
/// </param>
internal sealed record SqlLook(
    IReadOnlyList<(string Noun, long Count)> Counts, IReadOnlyList<Finding> Findings,
    Func<SqlSession, IReadOnlyList<string>>? Mend);

/// <summary>
/// The offline check of one service's database. The caller holds the <see cref="DataDirectory"/>, so nobody else
/// uses its file; of a server's schema it takes the writer's right. A check without repair changes nothing, apart from
/// finishing what a killed process had committed.
/// </summary>
/// <remarks>
/// It looks in steps, and what a step cannot trust ends the look: broken pages make every statement fail or lie, a
/// broken index some.
/// <list type="number">
/// <item>SQLite's own check of pages, indexes, constraints. Those of a server are its operator's to check.</item>
/// <item>Whether all tables and indexes are there, as the migrations make them.</item>
/// <item>References within the file, and the service's own rules.</item>
/// </list>
/// A repair mends what a look found and looks again, until nothing repairable is left. SQLite keeps no checksums of
/// its pages: a flipped bit within a text is found only where a rule of the service tells.
/// </remarks>
internal sealed class SqlCheck(
    DataDirectory data, string name, string migrationsFolder, Func<SqlSession, SqlLook> lookAtContent)
{
    // Indexes, then migrations, then schema, then content; one more to find that all is well.
    private const int LooksMax = 5;

    private readonly SqlDatabaseOptions _options = SqlDatabase.OptionsOf(data, name);
    private readonly string _file = data.Database?.Server.SchemaOf(name) ?? $"{name}.db";
    private readonly SqlMigrations _migrations = SqlMigrations.Embedded(migrationsFolder);

    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.Conflict"/>: a newer Roost wrote it, or another process uses it. <see
    /// cref="ErrorCode.StorageFull"/> or <see cref="ErrorCode.Unavailable"/>: it could not be repaired; nothing in it
    /// was changed.
    /// </exception>
    public CheckReport Run(bool repair)
    {
        using var database = SqlDatabase.DialectOf(_options);
        if (!database.Exists()) return CheckReport.Missing(name);
        var look = Look(database);
        var repairable = new List<Finding>();
        var done = new List<string>();
        for (var looks = 1; repair && look?.Mend is { } mend && looks < LooksMax; looks++)
        {
            if (!TryMend(database, mend, done, out var refusal))
            {
                look = look with { Findings = [.. AllDamage(look.Findings), refusal] };
                break;
            }
            repairable.AddRange(look.Findings.Where(finding => finding.Kind == FindingKind.Repairable));
            look = Look(database);
        }
        if (look is null) return CheckReport.Missing(name);
        var repaired = repairable.Except(look.Findings)
            .Select(finding => finding with { Kind = FindingKind.Repaired });
        return new CheckReport(name, look.Counts, [.. repaired, .. look.Findings], done);
    }

    /// <summary>Null when there are no tables yet.</summary>
    private SqlLook? Look(SqlDialect database)
    {
        try
        {
            using var session = database.OpenForCheck();
            return LookAtPages(session) ?? LookAtMigrations(session, out var isMissing) ?? (isMissing
                ? null
                : LookAtSchema(session) ?? LookInside(session));
        }
        catch (DbException exception)
        {
            return Stopped(Damage($"It cannot be read: {exception.Message}"));
        }
    }

    private SqlLook? LookAtPages(SqlSession session)
    {
        var told = session.Dialect.CheckIntegrity(session).ToList();
        if (told.Count == 0) return null;
        var findings = told.ConvertAll(problem => new Finding(FindingKind.Repairable, _file, $"{problem}."));
        return session.Dialect.AreIndexProblems(session, told).All(isOfIndex => isOfIndex)
            ? new SqlLook([], findings, Reindex)
            : Stopped(AllDamage(findings));
    }

    private IReadOnlyList<string> Reindex(SqlSession session)
    {
        session.Execute("REINDEX");
        return [$"All indexes of {_file} were made again from their tables."];
    }

    private SqlLook? LookAtMigrations(SqlSession session, out bool isMissing)
    {
        isMissing = false;
        try
        {
            var applied = _migrations.CountApplied(session, session.Dialect.Place);
            isMissing = applied == 0;
            if (isMissing || applied == _migrations.Count) return null;
        }
        catch (ServiceException exception) when (exception.Code == ErrorCode.DataDamaged)
        {
            return Stopped(Damage(exception.Message));
        }
        var older = new Finding(
            FindingKind.Repairable, _file, "Its tables are those of an older Roost, and what is in them was not "
                + "checked. A start of this one brings them up to date, too.");
        return new SqlLook([], [older], MigrateFully);
    }

    private IReadOnlyList<string> MigrateFully(SqlSession session)
    {
        _migrations.ApplyWithinTransaction(session, session.Dialect.Place, TimeProvider.System);
        return [$"The tables of {_file} were brought up to date."];
    }

    private SqlLook? LookAtSchema(SqlSession session)
    {
        var findings = new List<Finding>();
        var statements = new List<string>();
        var actual = session.Dialect.ReadSchema(session);
        foreach (var (item, sql) in session.Dialect.ReadNewSchema(_migrations))
        {
            var isThere = actual.TryGetValue(item, out var found);
            if (found == sql) continue;
            var isIndex = !sql.StartsWith("CREATE TABLE", StringComparison.Ordinal);
            findings.Add(new Finding(
                isIndex ? FindingKind.Repairable : FindingKind.Damage, _file,
                $"The {(isIndex ? "index" : "table")} {item} is {(isThere ? "not as Roost makes it" : "missing")}."));
            if (!isIndex) continue;
            if (isThere) statements.Add($"DROP INDEX {item}");
            statements.Add(sql);
        }
        if (findings.Count == 0) return null;
        return findings.TrueForAll(finding => finding.Kind == FindingKind.Repairable)
            ? new SqlLook([], findings, MakeIndexes)
            : Stopped(AllDamage(findings));

        IReadOnlyList<string> MakeIndexes(SqlSession writer)
        {
            foreach (var statement in statements) writer.ExecuteScript(statement);
            return [$"Indexes of {_file} that were missing were made from their tables."];
        }
    }

    private SqlLook LookInside(SqlSession session)
    {
        var references = session.Dialect.CheckReferences(session).Select(problem => Damage($"{problem}.")).ToList();
        var content = lookAtContent(session);
        return content with { Findings = [.. references, .. content.Findings] };
    }

    private bool TryMend(
        SqlDialect database, Func<SqlSession, IReadOnlyList<string>> mend, List<string> done, out Finding refusal)
    {
        refusal = default!;
        try
        {
            using var session = database.OpenWriter();
            session.Execute(database.BeginText);
            var sentences = mend(session);
            session.Execute("COMMIT");
            done.AddRange(sentences);
            return true;
        }
        catch (DbException exception)
        {
            var error = database.Translate(exception);
            if (error.Code is not (ErrorCode.Conflict or ErrorCode.DataDamaged)) throw error;
            refusal = Damage($"It cannot be repaired, and nothing in it was changed: {exception.Message}");
            return false;
        }
    }

    private Finding Damage(string what) => new(FindingKind.Damage, _file, what);

    /// <summary>What could be mended were it alone is damage beside what cannot.</summary>
    private static Finding[] AllDamage(IReadOnlyList<Finding> findings) =>
        [.. findings.Select(finding => finding with { Kind = FindingKind.Damage })];

    private static SqlLook Stopped(params IReadOnlyList<Finding> findings) => new([], findings, null);
}
