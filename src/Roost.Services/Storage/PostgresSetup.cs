using System.Globalization;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>Whether a server will do, the schema of a service, and what is in it.</summary>
internal static class PostgresSetup
{
    /// <summary>Makes the schema when it is not there.</summary>
    /// <param name="mustExist">Whether it was there before, so that an empty one would not do.</param>
    /// <exception cref="ServiceException">The server will not do, or the schema is lost; says why.</exception>
    public static void Run(SqlSession session, string schema, PostgresServer server, bool mustExist)
    {
        Require(Setting(session, "server_version_num"), Setting(session, "server_encoding"), server);
        if (HasSchema(session, schema)) return;
        if (mustExist)
        {
            throw new ServiceException(
                ErrorCode.DataDamaged,
                $"The schema {schema} is missing in {server.Place}, and this data directory had it. Restore it from a "
                + "backup, or give the right database with --database.");
        }
        session.Execute("BEGIN");
        session.ExecuteScript($"CREATE SCHEMA {schema};");
        session.ExecuteScript(PostgresLease.Table);
        session.Execute("COMMIT");
    }

    /// <param name="version">As server_version_num: 150004 for 15.4.</param>
    internal static void Require(string version, string encoding, PostgresServer server)
    {
        if (int.Parse(version, CultureInfo.InvariantCulture) / 10_000 is var major and < PostgresServer.VersionMin)
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"PostgreSQL {major} runs {server.Place}, and Roost needs {PostgresServer.VersionMin} or later.");
        }
        if (encoding != "UTF8")
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"Text in {server.Place} is kept as {encoding}, and Roost needs UTF8. Make the database with "
                + $"createdb --encoding UTF8 --template template0 {server.Database}.");
        }
    }

    public static bool HasSchema(SqlSession session, string schema) =>
        session.Number("SELECT 1 FROM pg_namespace WHERE nspname = @schema", schema) is not null;

    public static Dictionary<string, string> ReadSchema(SqlSession session)
    {
        var columns = new Dictionary<string, List<string>>();
        using (var rows = session.Query(
            """
            SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull::int
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0
              AND NOT a.attisdropped
            ORDER BY c.relname, a.attnum
            """))
        {
            while (rows.Read())
            {
                if (!columns.TryGetValue(rows.GetString(0), out var ofTable))
                    columns.Add(rows.GetString(0), ofTable = []);
                ofTable.Add(rows.GetString(1) + " " + rows.GetString(2) + (rows.GetInt32(3) == 1 ? " NOT NULL" : ""));
            }
        }
        var schema = columns.ToDictionary(
            table => table.Key, table => $"CREATE TABLE {table.Key} ({string.Join(", ", table.Value)})");
        using (var rows = session.Query(
            """
            SELECT indexname::text, replace(indexdef, ' ON ' || schemaname || '.', ' ON ') FROM pg_indexes
            WHERE schemaname = current_schema()
            """))
        {
            while (rows.Read()) schema.Add(rows.GetString(0), rows.GetString(1));
        }
        return schema;
    }

    /// <summary>Of a schema that is made for this and undone.</summary>
    public static Dictionary<string, string> ReadNewSchema(SqlSession session, string name, SqlMigrations migrations)
    {
        session.Execute("BEGIN");
        session.ExecuteScript($"CREATE SCHEMA {name}; SET LOCAL search_path = {name};");
        migrations.ApplyWithinTransaction(session, name, TimeProvider.System);
        var schema = ReadSchema(session);
        session.Execute("ROLLBACK");
        return schema;
    }

    private static string Setting(SqlSession session, string name)
    {
        using var row = session.Query("SELECT current_setting(@name)", name);
        row.Read();
        return row.GetString(0);
    }
}
