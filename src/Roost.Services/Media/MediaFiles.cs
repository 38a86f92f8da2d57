using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Media;

/// <summary>
/// The files of pictures, in the data directory's folder <c>media</c>: two a picture, in one of 1,024 folders.
/// <code>
///  media/k3/k3f…/original.jpg    media/k3/k3f…/small.jpg
/// </code>
/// A picture's folder gets its name only when both files are whole and synced to disk, so a crash leaves a folder
/// ending in <c>.new</c>, which the next start removes, never half a picture.
/// </summary>
internal sealed class MediaFiles
{
    private const string Draft = ".new";

    private readonly string _folder;

    public MediaFiles(string folder)
    {
        _folder = folder;
        foreach (var shelf in Directory.EnumerateDirectories(folder))
        {
            foreach (var draft in Directory.EnumerateDirectories(shelf, "*" + Draft))
                Directory.Delete(draft, recursive: true);
        }
    }

    public string PathOf(string key, string type, bool small) =>
        Path.Combine(FolderOf(key), (small ? "small" : "original") + MediaSize.ExtensionOf(type));

    /// <exception cref="ServiceException"><see cref="ErrorCode.StorageFull"/> or
    /// <see cref="ErrorCode.Unavailable"/>: nothing was kept.</exception>
    public void Write(string key, Images.ProcessedImage image)
    {
        var folder = FolderOf(key);
        var draft = folder + Draft;
        try
        {
            Directory.CreateDirectory(draft);
            WriteDurably(Path.Combine(draft, "original" + image.OriginalSize.Extension), image.Original);
            WriteDurably(Path.Combine(draft, "small" + image.SmallSize.Extension), image.Small);
            Directory.Move(draft, folder);
        }
        catch (IOException failure)
        {
            Delete(draft);
            throw StorageErrors.From(failure, draft, "The picture could not be stored. Try again later.");
        }
    }

    /// <summary>So many bytes of a file; null when it is not there any more.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Unavailable"/>: it cannot be read, or has
    /// fewer.</exception>
    public static async ValueTask<byte[]?> ReadAsync(string path, long from, int bytes, CancellationToken ct)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
            file.Position = from;
            var content = GC.AllocateUninitializedArray<byte>(bytes);
            await file.ReadExactlyAsync(content, ct);
            return content;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (IOException failure)
        {
            throw new ServiceException(
                ErrorCode.Unavailable, "The picture could not be read. Try again later.", path, failure);
        }
    }

    /// <summary>Removes a picture's files, or what there is of them.</summary>
    public void Remove(string key) => Delete(FolderOf(key));

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    private static void WriteDurably(string path, byte[] content)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    private string FolderOf(string key) => Path.Combine(_folder, key[..2], key);
}
