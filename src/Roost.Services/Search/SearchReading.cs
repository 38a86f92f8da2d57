using Roost.Services.Search.Files;
using Roost.Services.Storage;

namespace Roost.Services.Search;

/// <summary>
/// What was saved of the index, being read: begun before the services are open that Search asks, since both take some
/// seconds where there are many posts, one of the disk and the other of a processor.
/// </summary>
public sealed class SearchReading : IAsyncDisposable
{
    private SearchReading(string folder, Task<SavedIndex> saved) => (Folder, Saved) = (folder, saved);

    internal string Folder { get; }

    internal Task<SavedIndex> Saved { get; }

    public static SearchReading Begin(DataDirectory data)
    {
        var folder = data.Folder(SearchService.Folder);
        return new SearchReading(folder, Task.Run(() => SavedIndex.Read(folder)));
    }

    /// <summary>Where shards elsewhere have the index: of one that was here before, nothing.</summary>
    public static SearchReading None(DataDirectory data) =>
        new(data.Folder(SearchService.Folder), Task.FromResult(SavedIndex.Empty));

    /// <summary>Lets go of what no index has taken.</summary>
    public async ValueTask DisposeAsync() => (await Saved).Dispose();
}
