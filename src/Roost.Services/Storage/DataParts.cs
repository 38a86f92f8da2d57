using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// The files and folders that a data directory has held since it was first opened whole, by name, a line each, in its
/// file <c>parts</c>. A part that went missing is refused, rather than made anew and empty beside the others, whose
/// account numbers it would then give away again.
/// </summary>
public static class DataParts
{
    private const string PartsFile = "parts";

    /// <summary>Before anything is opened: every part that was noted must be there.</summary>
    /// <param name="caches">Parts that are made again where a server has the database of that name.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.DataDamaged"/>: one is missing; says which.</exception>
    public static void Require(DataDirectory data, params ReadOnlySpan<string> caches)
    {
        var list = data.FilePath(PartsFile);
        if (!File.Exists(list))
            return;
        var parts = File.ReadAllLines(list);
        foreach (var part in parts)
        {
            // Of a server's databases, each tells when it is opened.
            var isElsewhere = data.Database is not null
                && (part.EndsWith(".db", StringComparison.Ordinal)
                    || (caches.Contains(part) && parts.Contains($"{part}.db")));
            if (isElsewhere || Path.Exists(data.FilePath(part)))
                continue;
            throw new ServiceException(
                ErrorCode.DataDamaged,
                $"The data directory {data.Path} has lost {part}. Put it back from a backup; nothing was changed.",
                "To see what else is missing, run roost check.");
        }
    }

    /// <summary>Whether the directory has held a part; also when that cannot be told.</summary>
    public static bool MayHaveHeld(DataDirectory data, string part)
    {
        var list = data.FilePath(PartsFile);
        return !File.Exists(list) || File.ReadAllLines(list).Contains(part);
    }

    /// <summary>Whether the directory has held a part, for certain.</summary>
    public static bool HasHeld(DataDirectory data, string part) => HasHeld(data.Path, part);

    /// <summary>The same of a directory that is not open.</summary>
    public static bool HasHeld(string directory, string part)
    {
        var list = Path.Combine(directory, PartsFile);
        return File.Exists(list) && File.ReadAllLines(list).Contains(part);
    }

    /// <summary>After all parts were opened: notes those that were not noted yet.</summary>
    /// <param name="parts">Names within the directory.</param>
    /// <exception cref="ServiceException">The list cannot be written; says why.</exception>
    public static void Note(DataDirectory data, params ReadOnlySpan<string> parts)
    {
        var list = data.FilePath(PartsFile);
        var noted = File.Exists(list) ? File.ReadAllLines(list) : [];
        var all = noted.Union(parts.ToArray()).ToList();
        if (all.Count > noted.Length)
            data.WriteWhole(PartsFile, string.Concat(all.Select(part => part + "\n")));
        data.Database?.Remember(data);
    }

    /// <summary>After parts were taken out of the directory.</summary>
    /// <exception cref="ServiceException">The list cannot be written; says why.</exception>
    internal static void Forget(DataDirectory data, IReadOnlyList<string> parts)
    {
        var list = data.FilePath(PartsFile);
        if (!File.Exists(list)) return;
        var noted = File.ReadAllLines(list);
        if (noted.Intersect(parts).Any())
            data.WriteWhole(PartsFile, string.Concat(noted.Except(parts).Select(part => part + "\n")));
    }
}
