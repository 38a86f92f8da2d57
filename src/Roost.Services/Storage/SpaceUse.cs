namespace Roost.Services.Storage;

/// <summary>What the parts of the data directory take on the disk.</summary>
public static class SpaceUse
{
    /// <summary>Of each, the largest first. Files that come or go meanwhile are counted or not.</summary>
    public static PartSpace[] Of(DataDirectory data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var every = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
        };
        var parts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var entry in new DirectoryInfo(data.Path).EnumerateFileSystemInfos())
        {
            var part = NameOf(entry.Name);
            var bytes = entry switch
            {
                FileInfo file => LengthOf(file),
                DirectoryInfo folder => folder.EnumerateFiles("*", every).Sum(LengthOf),
                _ => 0,
            };
            parts[part] = parts.GetValueOrDefault(part) + bytes;
        }
        return
        [
            .. parts.Where(part => part.Value > 0).OrderByDescending(part => part.Value).ThenBy(part => part.Key)
                .Select(part => new PartSpace(part.Key, part.Value)),
        ];
    }

    /// <summary>SQLite keeps what is not yet in the database beside it: <c>users.db-wal</c>.</summary>
    private static string NameOf(string entry) =>
        entry.IndexOf(".db-", StringComparison.Ordinal) is > 0 and var end ? entry[..(end + 3)] : entry;

    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }
}
