using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// Takes parts of a data directory into another one: for a service that is to run in a process of its own, or back
/// again. A move that was broken off, at any moment, leaves both directories refused until it is asked for again, and
/// goes on then; no part is ever in both, or in neither.
/// </summary>
/// <remarks>
/// Both have the file <c>moving</c> meanwhile, with where from and where to. In this order: (1) both are marked;
/// (2) files are moved, one by one; (3) the one's list of parts forgets them, the other's has them; (4) the marks are
/// removed, that of the directory that the parts came from last. On one file system nothing is copied.
/// </remarks>
public static class PartsMove
{
    /// <summary>The file's name in a directory that must not be opened.</summary>
    internal const string MarkFile = "moving";

    /// <summary>Moves what there is of some parts; all of it or, when it throws, so much as can be gone on with.
    /// </summary>
    /// <param name="from">A data directory that nobody uses.</param>
    /// <param name="to">Another one; made when it is not there.</param>
    /// <param name="parts">Names of files and folders; the first must be there.</param>
    /// <param name="along">Names of what is moved with them if it is there, and can be made again.</param>
    /// <returns>Names of what was moved.</returns>
    /// <exception cref="ServiceException"><see cref="ErrorCode.NotFound"/>: there are no such parts, or no such
    /// directory; <see cref="ErrorCode.Conflict"/>: a process uses one of the two, the other one has them, or another
    /// move is not done; <see cref="ErrorCode.Invalid"/>: a server has the databases; <see
    /// cref="ErrorCode.StorageFull"/>, <see cref="ErrorCode.Unavailable"/>: the file system failed.</exception>
    public static IReadOnlyList<string> Run(string from, string to, IReadOnlyList<string> parts, params string[] along)
    {
        ArgumentNullException.ThrowIfNull(parts);
        using var source = DataDirectory.Open(from, create: false, isMoving: true);
        if (Same(source.Path, to))
            throw new ServiceException(ErrorCode.Invalid, $"{source.Path} is where it is: name another directory.");
        var isBegun = File.Exists(source.FilePath(MarkFile));
        var isThere = DataParts.HasHeld(source, parts[0]);
        if (!isBegun && !isThere)
        {
            throw new ServiceException(
                ErrorCode.NotFound, $"{source.Path} has no {parts[0]}: there is nothing to move. Nothing was changed.");
        }
        RequireOwnFiles(source);
        if (isBegun && !isThere && !File.Exists(Path.Combine(to, MarkFile)))
        {
            // All was done but this.
            File.Delete(source.FilePath(MarkFile));
            return parts;
        }
        using var target = DataDirectory.Open(to, isMoving: true);
        RequireOwnFiles(target);
        var mark = $"{parts[0]}\n{source.Path}\n{target.Path}\n";
        RequireMine(source, mark);
        RequireMine(target, mark);
        if (!isBegun && DataParts.HasHeld(target, parts[0]))
        {
            throw new ServiceException(
                ErrorCode.Conflict,
                $"{target.Path} has a {parts[0]} of its own already. Give another directory; nothing was changed.");
        }
        source.WriteWhole(MarkFile, mark);
        target.WriteWhole(MarkFile, mark);
        try
        {
            // Of a database what it has not taken in yet comes first: without it, it would be an older one.
            var names = parts.SelectMany(part => part.EndsWith(".db", StringComparison.Ordinal)
                ? (string[])[$"{part}-wal", part] : [part]);
            foreach (var name in names.Concat(along)) Move(source.FilePath(name), target.FilePath(name));
            foreach (var part in parts) File.Delete(source.FilePath($"{part}-shm"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.From(
                failure as IOException ?? new IOException(failure.Message, failure), target.Path,
                $"Not all could be moved to {target.Path}: {failure.Message} Mend that and move it again: it goes on "
                + "where it was, and neither directory is used before.");
        }
        string[] moved = [.. parts.Where(part => Path.Exists(target.FilePath(part)))];
        DataParts.Note(target, moved);
        DataParts.Forget(source, parts);
        File.Delete(target.FilePath(MarkFile));
        File.Delete(source.FilePath(MarkFile));
        return moved;
    }

    /// <summary>A directory that is marked is refused by all but this.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: it is.</exception>
    internal static void RequireDone(DataDirectory data)
    {
        var file = data.FilePath(MarkFile);
        if (!File.Exists(file)) return;
        var mark = File.ReadAllLines(file);
        throw new ServiceException(
            ErrorCode.Conflict,
            mark is [var part, var from, var to]
                ? $"{data.Path} is not whole: {part} was being moved from {from} to {to}. Move it again (roost data "
                    + "move): it goes on where it was."
                : $"{data.Path} is not whole: something was being moved, and {file} does not say what.");
    }

    private static bool Same(string path, string other) =>
        path == Path.TrimEndingDirectorySeparator(Path.GetFullPath(other));

    private static void RequireOwnFiles(DataDirectory data)
    {
        if (data.IsOnServer)
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"{data.Path} has its databases in a server, from which nothing needs to be moved: give each process a "
                + "new directory with --data, and the same --database. Files (media, vapid.key) are copied by hand.");
        }
        if (data.Files is null) return;
        throw new ServiceException(
            ErrorCode.Invalid, $"{data.Path} keeps its files in {data.Files}: what is shared is not moved.");
    }

    private static void RequireMine(DataDirectory data, string mark)
    {
        if (File.Exists(data.FilePath(MarkFile)) && File.ReadAllText(data.FilePath(MarkFile)) != mark)
            RequireDone(data);
    }

    /// <summary>Again, it goes on with what is left.</summary>
    private static void Move(string from, string to)
    {
        if (!Directory.Exists(from))
        {
            if (File.Exists(from)) File.Move(from, to, overwrite: true);
            return;
        }
        Directory.CreateDirectory(to);
        foreach (var entry in Directory.EnumerateFileSystemEntries(from).ToArray())
            Move(entry, Path.Combine(to, Path.GetFileName(entry)));
        Directory.Delete(from);
    }
}
