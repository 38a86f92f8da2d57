using System.Text;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log.Table;

/// <summary>
/// The segment files of a log whose truth is in a table: written for reading, and held to the table whenever the log is
/// opened.
/// <list type="bullet">
/// <item>What the files lack, at the end or in between, or is damaged there, is fetched from the table.</item>
/// <item>What the table lacks was written just before a crash, and never acknowledged: it is cut off.</item>
/// <item>Where the two disagree about what was acknowledged, they are not of one log, and nothing is opened.</item>
/// <item>A log that was in files alone before is copied into the table once, whole; until that is done the files have
/// the truth. That it is done says the file <c>cache.of</c>.</item>
/// </list>
/// </summary>
internal sealed partial class LogCache
{
    public const string MarkName = "cache.of";

    private readonly PostLogOptions _options;
    private readonly Disk _disk;
    private readonly LogTable _table;
    private readonly ILogger _logger;
    private readonly uint _last;

    private LogCache(PostLogOptions options, Disk disk, LogTable table, ILogger logger)
    {
        (_options, _disk, _table, _logger) = (options, disk, table, logger);
        _last = table.LastSeq();
    }

    private string MarkPath => Path.Combine(_options.Directory, MarkName);

    /// <summary>Whether the files of a directory are a cache already, or none are there.</summary>
    public static bool IsIn(string directory) => !Directory.Exists(directory)
        || File.Exists(Path.Combine(directory, MarkName))
        || !Directory.EnumerateFiles(directory, "*" + SegmentFormat.Extension).Any();

    /// <param name="acknowledged">The newest seq that was, as far as this directory knows.</param>
    /// <exception cref="ServiceException">The files are another network's, or the table has lost records; says
    /// what to do.</exception>
    public static LogCache Open(PostLogOptions options, Disk disk, LogTable table, uint acknowledged, ILogger logger)
    {
        var cache = new LogCache(options, disk, table, logger);
        if (File.Exists(cache.MarkPath) && File.ReadAllText(cache.MarkPath).Trim() is var owner && owner != table.Owner)
            throw cache.Foreign($"{cache.MarkPath} names {owner}, the database's network is {table.Owner}");
        if (IsIn(options.Directory) && acknowledged > cache._last) throw cache.Older(acknowledged);
        return cache;
    }

    /// <summary>Up to where the files and the table are the same.</summary>
    /// <param name="count">How many records the files have.</param>
    /// <param name="acknowledged">As in <see cref="Open"/>.</param>
    /// <param name="isSame">Whether this record of the files has an id and, as far as it is intact, bytes.</param>
    /// <exception cref="ServiceException">They are not of one log.</exception>
    public uint Agreed(uint count, uint acknowledged, Func<uint, byte[], bool> isSame)
    {
        var both = Math.Min(count, _last);
        if (both == 0 || IsSame(both)) return both;
        uint low = 0, high = both;
        while (high - low > 1)
        {
            var middle = low + (high - low) / 2;
            if (IsSame(middle)) low = middle;
            else high = middle;
        }
        if (low == 0 || low < Math.Min(both, acknowledged))
            throw Foreign($"record {high} of {_options.Directory} is not that of {_table.Place}");
        return low;

        bool IsSame(uint seq) => isSame(seq, _table.Read(seq) ?? throw _table.Damaged(seq, "it is missing"));
    }

    /// <summary>Writes a segment anew, in place of what is there, of the usual size at most.</summary>
    /// <param name="last">The last record that it may hold.</param>
    /// <param name="previousId">Of the record before it, 0 for none.</param>
    /// <exception cref="ServiceException">The table has not all of it, or the disk fails.</exception>
    public void Restore(uint first, uint last, long previousId)
    {
        var path = Path.Combine(_options.Directory, SegmentFormat.FileName(first));
        LogRestored(path, first, last);
        try
        {
            var temporary = path + ".tmp";
            File.Delete(temporary);
            using (var file = _disk.Create(temporary))
            {
                _disk.Write(file, temporary, SegmentFormat.Header(first, _options.Shard), 0);
                var offset = (long)SegmentFormat.HeaderBytes;
                TableGroups.Read(_table, first, last, previousId, (group, seq) =>
                {
                    if (seq > first && offset + group.Length > _options.SegmentBytesMax) return false;
                    _disk.Write(file, temporary, group, offset);
                    offset += group.Length;
                    return true;
                });
                _disk.Sync(file, temporary);
            }
            File.Delete(SegmentFormat.IndexPath(path));
            _disk.Rename(temporary, path);
            _disk.SyncDirectory(_options.Directory);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            throw NotWritten(failure, path);
        }
    }

    /// <summary>Brings the younger of the two up to the other, once the log is loaded and what is not common was cut
    /// off; from then on the table has the truth.</summary>
    /// <exception cref="ServiceException">What is missing cannot be had or written; says why.</exception>
    public void Join(LoadedLog log)
    {
        if (!IsIn(_options.Directory)) new LogCopy(_options, _table, _logger).Run(log, _last);
        try
        {
            if (!File.Exists(MarkPath)) _disk.Replace(MarkPath, Encoding.ASCII.GetBytes(_table.Owner + "\n"));
            if (log.Columns.Count < _last) Fetch(log);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            throw NotWritten(failure, log.Writer.Path);
        }
    }

    /// <summary>The files have more than the one group that may have been under way.</summary>
    public ServiceException Older(uint newest) => new(
        ErrorCode.DataDamaged,
        "The table of posts has lost posts that were acknowledged; nothing was changed.",
        $"{_table.Place} ends with record {_last}, and {_options.Directory} knows of records up to {newest}: the "
        + "database was put back to an older state, or is another one. Restore a newer backup of it, or give the right "
        + $"one with --database. To go on with what the database has, remove {_options.Directory}: it is made again.");

    private void Fetch(LoadedLog log)
    {
        const uint ToldEvery = 1_000_000;
        var from = log.Columns.Count + 1;
        LogFetching(_last - from + 1, _table.Place);
        var told = from;
        TableGroups.Read(_table, from, _last, from == 1 ? 0 : log.Columns[from - 1].Id, (group, first) =>
        {
            log.Take(group, first, log.Writer.Write(group, first));
            if (first - told < ToldEvery) return true;
            LogFetched(first - from, _last - from + 1);
            told = first;
            return true;
        });
        log.Mark.Set(_last, log.Writer.Active!.FirstSeq, log.Writer.Active.Length);
        LogFetched(_last - from + 1, _last - from + 1);
    }

    private ServiceException Foreign(string detail) => new(
        ErrorCode.Conflict,
        $"The posts in {_options.Directory} are not those of the database: they are another network's. Give the right "
        + "directory with --data or the right database with --database; nothing was changed.",
        $"{detail}. Is the database the right one, remove {_options.Directory}: it is made again from there.");

    private static ServiceException NotWritten(Exception failure, string path) => new(
        Disk.IsFull(failure) ? ErrorCode.StorageFull : ErrorCode.Unavailable,
        "The posts that the database has could not be written to the data directory.",
        $"{path}: {failure.Message} Make room, or give this user the right to write there, and start again: it goes on "
        + "where it ended.",
        failure);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Path} is missing or damaged: it is made again from the database, from record {First} on, up to {Last}")]
    private partial void LogRestored(string path, uint first, uint last);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Count} records of posts are fetched from {Place}, which the data directory has not")]
    private partial void LogFetching(uint count, string place);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Done} of {Count} records of posts are fetched")]
    private partial void LogFetched(uint done, uint count);
}
