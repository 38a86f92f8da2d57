using System.Runtime.CompilerServices;
using Xunit;

namespace Roost.Tests.Web.Conformance;

/// <summary>A file of the documentation that a test writes, so that it cannot be untrue.</summary>
internal static class DocumentedFile
{
    /// <summary>
    /// Fails when the file differs from the text; with the environment variable ROOST_WRITE_DOCS set, writes it.
    /// </summary>
    /// <param name="path">From the repository's root.</param>
    public static async Task HoldsAsync(string path, string text, CancellationToken ct)
    {
        var file = Path.Combine(Root(), path);
        if (Environment.GetEnvironmentVariable("ROOST_WRITE_DOCS") is { Length: > 0 })
            await File.WriteAllTextAsync(file, text, ct);
        var found = File.Exists(file) ? await File.ReadAllTextAsync(file, ct) : "";
        Assert.True(found == text,
            $"{path} is not what is true now. Run this test with ROOST_WRITE_DOCS=1, and commit what it writes.");
    }

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root(), path));

    private static string Root([CallerFilePath] string here = "")
    {
        var directory = Path.GetDirectoryName(here)!;
        while (!File.Exists(Path.Combine(directory, "Roost.slnx"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }
}
