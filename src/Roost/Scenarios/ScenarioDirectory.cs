namespace Roost.Scenarios;

/// <summary>
/// Where a scenario's node keeps its data: a temporary directory that goes when this is disposed, or one that the user
/// named, which stays.
/// </summary>
internal sealed class ScenarioDirectory : IDisposable
{
    private readonly bool _isOurs;

    private ScenarioDirectory(string path, bool isOurs) => (Path, _isOurs) = (path, isOurs);

    public string Path { get; }

    /// <param name="named">Null for a temporary one.</param>
    /// <exception cref="IOException">It holds something already.</exception>
    public static ScenarioDirectory Open(string? named)
    {
        if (named is null)
            return new ScenarioDirectory(Directory.CreateTempSubdirectory("roost-scenario-").FullName, isOurs: true);
        var path = System.IO.Path.GetFullPath(named);
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new IOException(
                $"{path} is not empty, and a scenario begins with an empty directory. Give another one with --data, or "
                + "none: then a temporary one is used and removed.");
        return new ScenarioDirectory(path, isOurs: false);
    }

    public void Dispose()
    {
        if (_isOurs) Directory.Delete(Path, recursive: true);
    }
}
