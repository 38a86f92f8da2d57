using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// What a data directory was set aside for, when it is filled from a source and not by people: in its file
/// <c>source</c>, two lines. It is written before the first import, so that a load that was broken off is completed by
/// the same one, and no other is mixed into it.
/// </summary>
/// <param name="Name">What it is and with which parameters, for people; one line.</param>
/// <param name="Digest">Of all that it holds, however its files are packed; one word. It alone is compared.</param>
public sealed record LoadedSource(string Name, string Digest)
{
    internal const string FileName = "source";

    /// <summary>Null when the directory was not set aside.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.DataDamaged"/>: the file does not say.</exception>
    public static LoadedSource? Of(DataDirectory data)
    {
        var file = data.FilePath(FileName);
        if (!File.Exists(file)) return null;
        return File.ReadAllLines(file) is [{ Length: > 0 } name, { Length: > 0 } digest]
            ? new LoadedSource(name, digest)
            : throw new ServiceException(
                ErrorCode.DataDamaged,
                $"The file {file} does not say what was loaded into this directory. Load into an empty one (--data "
                + "DIR), or put the file back from a backup.");
    }

    /// <summary>Sets the directory aside for this source; whole or not at all.</summary>
    /// <exception cref="ServiceException">It cannot be written; says why.</exception>
    public void Write(DataDirectory data) => data.WriteWhole(FileName, $"{Name.ReplaceLineEndings(" ")}\n{Digest}\n");
}
