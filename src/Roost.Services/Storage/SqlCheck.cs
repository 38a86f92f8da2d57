using System.Data.Common;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// Opens a database file for an offline check or repair. The caller holds the <see cref="DataDirectory"/>, so nobody
/// else uses the file. A check changes nothing, apart from finishing what a killed process had committed already.
/// </summary>
internal static class SqlCheck
{
    /// <summary>The file's own consistency, then what <paramref name="check"/> finds; damage that ends the check is a
    /// finding.</summary>
    public static IReadOnlyList<Finding> Run(
        DataDirectory data, string file, Func<SqlSession, IEnumerable<Finding>> check)
    {
        var path = data.FilePath(file);
        if (!File.Exists(path)) return [new Finding(file, "The file is missing.", CanRepair: false)];
        try
        {
            using var source = SqlDialect.CreateDataSource(path);
            using var session = new SqlSession(source.OpenConnection());
            var damages = SqlDialect.CheckIntegrity(session)
                .Select(problem => new Finding(file, $"{problem}.", SqlDialect.IsIndexProblem(problem))).ToList();
            // With broken pages every other statement may fail or lie; a broken index is reason enough to say only
            // that.
            return damages.Count > 0 ? damages : [.. check(session)];
        }
        catch (DbException exception)
        {
            return [new Finding(file, $"It cannot be read: {exception.Message}", CanRepair: false)];
        }
    }

    /// <summary>Rebuilds all indexes, then does <paramref name="repair"/>, in one transaction; what was done, one
    /// line each.</summary>
    /// <exception cref="ServiceException">It could not be repaired; nothing was changed.</exception>
    public static IReadOnlyList<string> Repair(
        DataDirectory data, string file, string migrations, Func<SqlSession, IEnumerable<string>> repair)
    {
        var path = data.FilePath(file);
        if (!File.Exists(path))
        {
            throw new ServiceException(
                ErrorCode.NotFound, $"{file} is missing and cannot be rebuilt. Restore a backup.", path);
        }
        try
        {
            using var source = SqlDialect.CreateDataSource(path);
            var connection = source.OpenConnection();
            SqlDialect.PrepareWriter(connection, cacheBytes: 64 * 1024 * 1024, pagesMax: null);
            using var session = new SqlSession(connection);
            SqlMigrations.Embedded(migrations).Apply(session, path, TimeProvider.System);
            session.Execute(SqlDialect.Begin);
            session.Execute("REINDEX");
            List<string> done = [$"The indexes of {file} were rebuilt.", .. repair(session)];
            session.Execute("COMMIT");
            return done;
        }
        catch (DbException exception)
        {
            throw SqlDialect.Translate(exception, path);
        }
    }
}
