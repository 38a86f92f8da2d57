using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// Where a data directory's databases are, when a server has them: in its file <c>database</c>, two lines, so that
/// whatever works on the directory finds them without being told again. The first is the connection string without its
/// password; the second a random word, which the schemas have, too, so that no other directory takes them for its own.
/// </summary>
/// <param name="IsHeir">Whether the directory was just made, for schemas that were another one's, which may be
/// lost.</param>
internal sealed record DirectoryDatabase(PostgresServer Server, string Owner, bool IsHeir = false)
{
    public const string FileName = "database";

    /// <param name="given">Null: where they were before.</param>
    /// <param name="service">A new directory takes the place of the one that the schema of this service belongs to;
    /// null: it is one of its own.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: the directory has databases of its own;
    /// <see cref="ErrorCode.DataDamaged"/>: the file does not say.</exception>
    public static DirectoryDatabase? Of(DataDirectory data, PostgresServer? given, string? service)
    {
        var file = data.FilePath(FileName);
        if (File.Exists(file))
        {
            if (File.ReadAllLines(file) is not [{ Length: > 0 } remembered, { Length: > 0 } owner])
            {
                throw new ServiceException(
                    ErrorCode.DataDamaged,
                    $"The file {file} does not say where the databases of this directory are. Put it back from a "
                    + "backup.");
            }
            return new DirectoryDatabase(given ?? PostgresServer.Parse(remembered), owner);
        }
        if (given is null) return null;
        if (Directory.EnumerateFiles(data.Path, "*.db").FirstOrDefault() is { } own)
        {
            throw new ServiceException(
                ErrorCode.Conflict,
                $"The data directory {data.Path} has databases of its own ({Path.GetFileName(own)}), and --database is "
                + "for one that has none. Give a new directory with --data, or leave --database out.");
        }
        var before = service is null ? null : OwnerOf(given, service);
        var made = new DirectoryDatabase(given, before ?? Guid.NewGuid().ToString("N"), IsHeir: before is not null);
        made.Remember(data);
        return made;
    }

    /// <summary>Whose network the schema of a service is; null where there is none yet.</summary>
    public static string? OwnerOf(PostgresServer server, string service)
    {
        using var schema = new PostgresDialect(server, new SqlDatabaseOptions(service, "") { Server = server });
        return schema.FindOwner();
    }

    /// <summary>After all was opened: that it is where it was said to be.</summary>
    /// <exception cref="ServiceException">The file cannot be written; says why.</exception>
    public void Remember(DataDirectory data)
    {
        var text = $"{Server.Remembered}\n{Owner}\n";
        var file = data.FilePath(FileName);
        if (File.Exists(file) && File.ReadAllText(file) == text) return;
        data.WriteWhole(FileName, text, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
