using Roost.Rpc;

namespace Roost.Scenarios;

/// <summary>
/// Where a scenario's node keeps its data: a temporary directory that goes when this is disposed, or one that the user
/// named, which stays.
/// </summary>
internal sealed class ScenarioDirectory : IDisposable
{
    /// <summary>What names of temporary ones begin with: whose they are is told by the process.</summary>
    internal static string Prefix { get; } = $"roost-scenario-{Environment.ProcessId}-";

    private readonly bool _isOurs;

    private ScenarioDirectory(string path, bool isOurs) => (Path, _isOurs) = (path, isOurs);

    public string Path { get; }

    /// <param name="named">Null for a temporary one.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: it holds something already.
    /// <see cref="ErrorCode.Forbidden"/>: this user may not.</exception>
    public static ScenarioDirectory Open(string? named)
    {
        try
        {
            return named is null
                ? new ScenarioDirectory(Directory.CreateTempSubdirectory(Prefix).FullName, isOurs: true)
                : new ScenarioDirectory(RequireEmpty(System.IO.Path.GetFullPath(named)), isOurs: false);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new ServiceException(
                ErrorCode.Forbidden,
                $"{refused.Message} Name a directory that this user can write with --data, or set TMPDIR to one.",
                inner: refused);
        }
    }

    public void Dispose()
    {
        if (_isOurs) Directory.Delete(Path, recursive: true);
    }

    private static string RequireEmpty(string path)
    {
        if (!Directory.Exists(path) || !Directory.EnumerateFileSystemEntries(path).Any()) return path;
        throw new ServiceException(
            ErrorCode.Conflict,
            $"{path} is not empty, and a scenario begins with an empty directory. Give another one with --data, or "
            + "none: then a temporary one is used and removed.");
    }
}
