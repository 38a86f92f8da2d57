using System.Runtime.CompilerServices;

namespace Roost.Tests.Walls;

/// <summary>Where the sources are: found from this file's own place, as the compiler saw it.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find();

    public static string Source(string project) => System.IO.Path.Combine(Path, "src", project);

    private static string Find([CallerFilePath] string file = "")
    {
        var directory = new DirectoryInfo(System.IO.Path.GetDirectoryName(file)!);
        while (directory is not null && !File.Exists(System.IO.Path.Combine(directory.FullName, "Roost.slnx")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException($"No Roost.slnx above {file}.");
    }
}
