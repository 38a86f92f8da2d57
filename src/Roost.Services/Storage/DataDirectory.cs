using System.Globalization;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// The one directory that holds everything a Roost keeps, and the right to be the only process that uses it.
/// <code>
/// format        what the directory is and in which layout: "roost 1"
/// roost.lock    held exclusively as long as the process lives; empty
/// roost.pid     the holder's process id, for people and for the message that a second process gets
/// roost.sock    where a server takes commands of the command line; its owner's only
/// parts         what the directory must hold, once it was opened whole: see <see cref="DataParts"/>
/// source        what it was loaded from, if it was: see <see cref="LoadedSource"/>
/// files         where pictures and keys are, when that is not here: a path
/// database      where the services' databases are, when a server has them: see <see cref="DirectoryDatabase"/>
/// moving        while parts of it are taken elsewhere: see <see cref="PartsMove"/>
/// inboxes       what the keys of its inboxes in Redis begin with, if it ever had some there
/// users.db …    otherwise, one SQLite file per service
/// posts/ …      one folder per log; of one that is in a database, too, a cache
/// </code>
/// </summary>
/// <remarks>
/// The operating system drops the lock when the process ends, however it ends, so a kill -9 leaves nothing to clean
/// up: the stale roost.pid that stays behind means nothing without the lock. The lock and the pid are two files
/// because a file held exclusively cannot be read by others on every system. Not for directories on file systems
/// without locks (some network mounts): those are refused, for two processes on one directory would destroy it.
/// </remarks>
public sealed class DataDirectory : IDisposable
{
    /// <summary>The layout that this build reads and writes.</summary>
    public const int FormatVersion = 1;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string FormatFile = "format";
    private const string FormatDraftFile = "format.new";
    private const string LockFile = "roost.lock";
    private const string PidFile = "roost.pid";
    private const string FilesFile = "files";

    // What may lie in a directory that counts as empty: traces of a first start that died early, what mkfs leaves, and
    // what the community says of itself.
    private static readonly HashSet<string> _notContent =
    [
        LockFile, PidFile, FormatDraftFile, DirectoryDatabase.FileName, DirectoryDatabase.FileName + ".new",
        "roost.sock", "community.json", "lost+found",
    ];

    // Parts that are files also where a server has the databases, and that all need who may serve the network.
    private static readonly string[] _files = ["media", "vapid.key"];

    private readonly FileStream _lock;
    private readonly CancellationTokenSource _lost = new();

    private DataDirectory(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Absolute, without a separator at the end.</summary>
    public string Path { get; }

    /// <summary>Where pictures and keys are, when another process may come to need them; null: here.</summary>
    public string? Files { get; private set; }

    /// <summary>Where the services' databases are; null: in files of this directory.</summary>
    internal DirectoryDatabase? Database { get; private set; }

    /// <summary>Whether a server has the services' databases.</summary>
    public bool IsOnServer => Database is not null;

    /// <summary>Whether the directory was just made for databases that were another directory's before: what that one
    /// had in files is not here.</summary>
    public bool IsHeir => Database?.IsHeir ?? false;

    /// <summary>Fires when another process has taken over what this one has in databases of a server.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>For a process that stands by, or did; set before anything of it is opened.</summary>
    public TakeOver? TakeOver { get; set; }

    /// <summary>Databases that are being opened before they are asked for; null: none.</summary>
    internal DatabasesAhead? Ahead { get; set; }

    /// <summary>How databases that are opened now wait until nobody else writes; null: for a moment only.</summary>
    public LeaseWait? Wait { get; set; }

    /// <summary>Opens the directory, or makes it when it is missing or empty, and holds it until disposed.</summary>
    /// <param name="path">Relative paths start from the working directory.</param>
    /// <param name="create">False for tools that look at what is there: a missing or empty directory is then an
    /// error.</param>
    /// <param name="database">The connection string of the PostgreSQL database that the services' databases are in;
    /// null: where they were before, for a new directory in files of its own.</param>
    /// <param name="service">A new directory for a database that has the schema of this service takes the place of the
    /// one that the schema belongs to (<see cref="IsHeir"/>); null: it does not.</param>
    /// <param name="isMoving">Whether it may be one of whose parts some are being moved; for who moves them.</param>
    /// <param name="files">Another directory for pictures and keys, which processes that stand by for each other share;
    /// null: where they were before, which is this one unless told.</param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.Conflict"/>: another process holds it (the message has its id), it belongs to a newer
    /// Roost, or it has databases or files of its own and <paramref name="database"/> or <paramref name="files"/> is
    /// given; <see
    /// cref="ErrorCode.Invalid"/>: it holds something else, or <paramref name="database"/> is no connection string;
    /// <see cref="ErrorCode.NotFound"/>: nothing there and not
    /// <paramref name="create"/>; <see cref="ErrorCode.Forbidden"/>: it cannot be written;
    /// <see cref="ErrorCode.StorageFull"/> or <see cref="ErrorCode.Unavailable"/>: the file system failed.
    /// </exception>
    public static DataDirectory Open(
        string path, bool create = true, string? database = null, string? service = null, string? files = null,
        bool isMoving = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        try
        {
            return OpenFullPath(path, create, database, service, files, isMoving);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new ServiceException(ErrorCode.Forbidden,
                $"The data directory {path} cannot be written by this user ({Environment.UserName}). Give the user "
                + "write access, or choose another directory with --data.",
                exception.Message, exception);
        }
        catch (IOException exception) when (StorageErrors.IsReadOnly(exception))
        {
            throw new ServiceException(ErrorCode.Forbidden,
                $"The data directory {path} is on a file system that is mounted read-only. Mount it so that it can be "
                + "written, or choose another directory with --data.",
                exception.Message, exception);
        }
        catch (IOException exception)
        {
            throw StorageErrors.From(exception, path, $"The data directory {path} cannot be used: {exception.Message}");
        }
    }

    /// <summary>Whether a database has the schema of a service, of a network that has begun.</summary>
    /// <param name="database">A connection string.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it is none; <see
    /// cref="ErrorCode.Unavailable"/>: the database is away.</exception>
    public static bool IsBegun(string database, string service) =>
        DirectoryDatabase.OwnerOf(PostgresServer.Parse(database), service) is not null;

    /// <summary>Whether another process has the directory now. Changes nothing.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: it has; the message has its
    /// id.</exception>
    public static void ThrowIfHeld(string path)
    {
        path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        var file = System.IO.Path.Combine(path, LockFile);
        if (!File.Exists(file)) return;
        try
        {
            OpenExclusively(file).Dispose();
        }
        catch (IOException exception)
        {
            throw HeldByAnother(path, exception);
        }
        catch (UnauthorizedAccessException)
        {
            // Not ours to look at: then it is not what stands in the way.
        }
    }

    /// <summary>The path of a file in the directory; it need not exist.</summary>
    public string FilePath(string name) =>
        System.IO.Path.Combine(Files is { } files && _files.Contains(name) ? files : Path, name);

    /// <summary>The path of a folder in the directory, which is made when it is missing.</summary>
    public string Folder(string name) => Directory.CreateDirectory(FilePath(name)).FullName;

    /// <summary>Writes a small file so that a crash leaves the old one, or none, or the new one whole.</summary>
    /// <param name="mode">Who may read and write it, where systems have that; as usual when null.</param>
    /// <exception cref="ServiceException">It cannot be written; says why.</exception>
    internal void WriteWhole(string name, string text, UnixFileMode? mode = null)
    {
        var file = FilePath(name);
        var draft = file + ".new";
        try
        {
            // A draft that a crash left may be readable for others.
            if (mode is not null)
                File.Delete(draft);
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = mode;
            using (var stream = new FileStream(draft, options))
            {
                stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }
            File.Move(draft, file, overwrite: true);
        }
        catch (IOException failure)
        {
            throw StorageErrors.From(
                failure, file, $"The data directory {Path} cannot be written: {failure.Message}");
        }
    }

    /// <summary>Another process has taken over. Returns at once.</summary>
    internal void Lose() => _ = _lost.CancelAsync();

    /// <summary>Lets go of the directory. Everything that uses its files must have been closed before.</summary>
    public void Dispose()
    {
        // Not for correctness: who looks for a pid should not find that of a process that has gone.
        if (_lock.CanRead) File.Delete(FilePath(PidFile));
        _lock.Dispose();
    }

    private static DataDirectory OpenFullPath(
        string path, bool create, string? database, string? service, string? files, bool isMoving)
    {
        if (File.Exists(path))
        {
            throw new ServiceException(ErrorCode.Invalid,
                $"{path} is a file, not a directory. Choose a directory with --data.");
        }
        if (!create && !File.Exists(System.IO.Path.Combine(path, FormatFile)))
        {
            throw new ServiceException(ErrorCode.NotFound,
                $"There is no Roost data in {path}. Check the path given with --data.");
        }
        // First, for a wrong option must leave no directory behind.
        var server = database is null ? null : PostgresServer.Parse(database);
        CreateIfMissing(path);
        RefuseForeign(path);
        var held = Hold(path);
        try
        {
            // Once more, for another process may have made it in between.
            RefuseForeign(path);
            ReadOrWriteFormat(path);
            File.WriteAllText(System.IO.Path.Combine(path, PidFile),
                Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
            var data = new DataDirectory(path, held);
            if (!isMoving) PartsMove.RequireDone(data);
            data.KeepFilesIn(files);
            data.Database = DirectoryDatabase.Of(data, server, service);
            return data;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private void KeepFilesIn(string? given)
    {
        var before = FilePath(FilesFile) is var file && File.Exists(file) ? File.ReadAllText(file).Trim() : null;
        if (given is null)
        {
            Files = before;
            return;
        }
        given = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(given));
        if (given == before || given == Path)
        {
            Files = before;
            return;
        }
        if (_files.Select(FilePath).FirstOrDefault(System.IO.Path.Exists) is { } own)
        {
            throw new ServiceException(ErrorCode.Conflict,
                $"The data directory {Path} has files of its own ({System.IO.Path.GetFileName(own)}). Move media and "
                + $"vapid.key to {given} first, or leave --files out.");
        }
        CreateIfMissing(given);
        WriteWhole(FilesFile, given + "\n");
        Files = given;
    }

    private static void CreateIfMissing(string path)
    {
        if (Directory.Exists(path)) return;
        // Password hashes live here: for the owner only.
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerOnly);
    }

    private static void RefuseForeign(string path)
    {
        if (File.Exists(System.IO.Path.Combine(path, FormatFile))) return;
        var foreign = Directory.EnumerateFileSystemEntries(path)
            .Select(System.IO.Path.GetFileName)
            .FirstOrDefault(name => !_notContent.Contains(name!));
        if (foreign is null) return;
        throw new ServiceException(ErrorCode.Invalid,
            $"The directory {path} is not empty and not a Roost data directory (it holds '{foreign}' and no file "
            + $"'{FormatFile}'). Nothing was changed. Choose an empty or new directory with --data.");
    }

    private static FileStream Hold(string path)
    {
        var file = System.IO.Path.Combine(path, LockFile);
        FileStream held;
        try
        {
            held = OpenExclusively(file);
        }
        catch (IOException exception)
            when (exception is not DirectoryNotFoundException && !StorageErrors.IsFull(exception, path)
                && !StorageErrors.IsReadOnly(exception))
        {
            throw HeldByAnother(path, exception);
        }
        // Where the file system (or a runtime switch) ignores locks, a second open succeeds: then the lock protects
        // nothing.
        try
        {
            OpenExclusively(file).Dispose();
        }
        catch (IOException)
        {
            return held;
        }
        held.Dispose();
        throw new ServiceException(ErrorCode.Unavailable,
            $"File locks do not work in {path}, so nothing would keep a second process from destroying the data. Use "
            + "a local file system, and unset DOTNET_SYSTEM_IO_DISABLEFILELOCKING.");
    }

    private static FileStream OpenExclusively(string file) =>
        new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);

    private static ServiceException HeldByAnother(string path, IOException exception)
    {
        var pid = ReadPid(path);
        var holder = pid is null ? "another process" : $"the process {pid}";
        return new ServiceException(ErrorCode.Conflict,
            $"The data directory {path} is in use by {holder}. Stop that one first, or choose another directory with "
            + "--data.",
            exception.Message, exception);
    }

    private static string? ReadPid(string path)
    {
        try
        {
            var text = File.ReadAllText(System.IO.Path.Combine(path, PidFile)).Trim();
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? text : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The holder is just writing it, or it is not ours to read: the message says "another process" then.
            return null;
        }
    }

    private static void ReadOrWriteFormat(string path)
    {
        var file = System.IO.Path.Combine(path, FormatFile);
        if (!File.Exists(file))
        {
            // Password hashes will live here. Who wants to share it afterwards may.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, OwnerOnly);
            WriteFormat(path, file);
            return;
        }
        var text = File.ReadAllText(file).Trim();
        if (!text.StartsWith("roost ", StringComparison.Ordinal)
            || !int.TryParse(text.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            || version < 1)
        {
            throw new ServiceException(ErrorCode.DataDamaged,
                $"The file {file} does not say which layout the data has; expected 'roost {FormatVersion}'. Restore "
                + "it from a backup.", text);
        }
        if (version <= FormatVersion) return;
        throw new ServiceException(ErrorCode.Conflict,
            $"The data in {path} has layout {version}, and this Roost knows layouts up to {FormatVersion}. Start the "
            + "newer Roost that wrote it, or restore a backup made before.");
    }

    // Written aside and renamed, so that a crash leaves either no format file (the directory counts as empty) or a
    // whole one.
    private static void WriteFormat(string path, string file)
    {
        var draft = System.IO.Path.Combine(path, FormatDraftFile);
        using (var stream = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes($"roost {FormatVersion}\n"));
            stream.Flush(flushToDisk: true);
        }
        File.Move(draft, file);
    }
}
