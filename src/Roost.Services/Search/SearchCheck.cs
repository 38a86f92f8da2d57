using Roost.Services.Search.Files;
using Roost.Services.Storage;

namespace Roost.Services.Search;

/// <summary>
/// Verifies the files of the search index while no server runs: every byte of them. A start does that too, and makes
/// again what is damaged, so nothing here is damage to the data.
/// </summary>
public static class SearchCheck
{
    /// <param name="arePostsGivenUp">Whether posts that could not be read were given up just now: a deletion among
    /// them brings back what the index does not have any more, so the index is made anew.</param>
    public static CheckReport Run(DataDirectory data, bool arePostsGivenUp)
    {
        var folder = data.FilePath(SearchService.Folder);
        if (arePostsGivenUp && Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
            return Report([], [$"{SearchService.Folder} was removed: the next start indexes the posts that are left."]);
        }
        using var saved = SavedIndex.Read(folder);
        var findings = new Findings();
        if (saved.Problem is { } problem)
        {
            findings.Add(
                FindingKind.Note, SearchService.Folder,
                $"Not all of the search index can be used: {problem}. A start indexes the posts after record "
                + $"{saved.Mark} again, which takes longer; nothing is lost.");
        }
        return Report(findings.All, [], saved);
    }

    private static CheckReport Report(
        IReadOnlyList<Finding> findings, IReadOnlyList<string> done, SavedIndex? saved = null) => new(
            SearchService.Folder, [("segments", saved?.Segments.Count ?? 0), ("indexed", saved?.Posts ?? 0)], findings,
            done);
}
