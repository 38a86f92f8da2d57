using Roost.Engine.Search;

namespace Roost.Services.Search.Files;

/// <summary>
/// What the folder of the search index holds, read and found sound: the segments from the oldest to the first that is
/// not. Belongs to whoever read it.
/// </summary>
/// <param name="Manifest">What the folder says, or null.</param>
/// <param name="Segments">The sound ones.</param>
/// <param name="Problem">Why there are not more, in words that go on after a colon; null when all are there.</param>
internal sealed record SavedIndex(
    SearchManifest? Manifest, IReadOnlyList<LoadedSegment> Segments, string? Problem) : IDisposable
{
    public static SavedIndex Empty { get; } = new(null, [], null);

    /// <summary>All of the post log up to this place is in the segments.</summary>
    public uint Mark => Manifest is null ? 0
        : Segments.Count == Manifest.Segments.Count ? Manifest.Mark : Manifest.Segments[Segments.Count].After;

    public long Posts => Segments.Sum(segment => (long)segment.Mapping.Posts);

    /// <summary>Reads every byte of every file, on all processors. Changes nothing.</summary>
    /// <param name="folder">Need not be there.</param>
    public static SavedIndex Read(string folder)
    {
        var path = Path.Combine(folder, SearchManifest.FileName);
        if (!File.Exists(path))
            return Empty;
        SearchManifest manifest;
        try
        {
            manifest = SearchManifest.Decode(File.ReadAllBytes(path));
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return Empty with { Problem = failure.Message };
        }
        if (manifest.Terms != Shard.TermsVersion)
            return Empty with { Problem = "another version of Roost indexed posts by other words" };
        var loaded = new LoadedSegment?[manifest.Segments.Count];
        var problems = new string?[loaded.Length];
        Parallel.For(0, loaded.Length, i => loaded[i] = TryLoad(folder, manifest.Segments[i], out problems[i]));
        var sound = loaded.TakeWhile(segment => segment is not null).Count();
        foreach (var segment in loaded[sound..]) segment?.Dispose();
        return new SavedIndex(manifest, [.. loaded[..sound].OfType<LoadedSegment>()], sound == loaded.Length
            ? null
            : $"{manifest.Segments[sound].Image} is damaged or missing ({problems[sound]})");
    }

    public void Dispose()
    {
        foreach (var segment in Segments) segment.Dispose();
    }

    private static LoadedSegment? TryLoad(string folder, SavedSegment saved, out string? problem)
    {
        LoadedSegment? loaded = null;
        try
        {
            loaded = LoadedSegment.Open(folder, saved);
            problem = loaded.Mapping.Serial == saved.Serial && loaded.Mapping.Checksum == saved.Checksum
                ? null
                : "it is another one than the manifest names";
            if (problem is null && saved.Changes is { } changes)
                loaded.Mapping.Apply(File.ReadAllBytes(Path.Combine(folder, changes)));
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            problem = failure.Message;
        }
        if (problem is null)
            return loaded;
        loaded?.Dispose();
        return null;
    }
}

/// <summary>A segment whose file is mapped.</summary>
internal sealed record LoadedSegment(SavedSegment Saved, SearchMapping Mapping, MappedImage Memory) : IDisposable
{
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public static LoadedSegment Open(string folder, SavedSegment saved)
    {
        var (memory, image) = MappedImage.Open(Path.Combine(folder, saved.Image));
        return new LoadedSegment(saved, SearchMapping.Open(image), memory);
    }

    public void Dispose() => Mapping.Dispose();
}
