namespace Roost.Cluster.Tests.Crash;

/// <summary>A data directory of the test's own. It is removed at the end, unless the test says that somebody wants to
/// look at it.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("roost-crash-").FullName;

    /// <summary>The data directory; not made yet.</summary>
    public string Data => System.IO.Path.Combine(_root, "data");

    /// <summary>A place beside the data.</summary>
    public string Beside(string name) => System.IO.Path.Combine(_root, name);

    /// <summary>The segment files of the post log, oldest first.</summary>
    public string[] Segments() => [.. Directory.GetFiles(System.IO.Path.Combine(Data, "posts"), "*.log").Order()];

    public bool IsKept { get; set; }

    public void Dispose()
    {
        if (!IsKept) Directory.Delete(_root, recursive: true);
    }
}
