using Roost.Services.Storage;

namespace Roost.Services.Media;

/// <summary>
/// Verifies <c>media.db</c> and the folder <c>media</c> while no server runs: the database, and that every picture has
/// both its files at the size that its row says.
/// </summary>
public static class MediaCheck
{
    private const string Place = MediaService.Name + ".db, media";

    /// <exception cref="Rpc.ServiceException">A newer Roost wrote the file, or it could not be repaired; says
    /// why.</exception>
    public static CheckReport Run(DataDirectory data, bool repair, CancellationToken ct = default) =>
        new SqlCheck(data, MediaService.Name, "Media", session => Look(data, session, ct)).Run(repair);

    private static SqlLook Look(DataDirectory data, SqlSession session, CancellationToken ct)
    {
        var findings = new Findings();
        var files = new MediaFiles(data.Folder(MediaService.Name));
        var count = 0L;
        using (var rows = session.Query("SELECT id, file_key, type, bytes, small_type, small_bytes FROM media"))
        {
            while (rows.Read())
            {
                ct.ThrowIfCancellationRequested();
                count++;
                var key = rows.GetString(1);
                LookAt(files.PathOf(key, rows.GetString(2), small: false), rows.GetInt64(3), rows.GetInt64(0));
                LookAt(files.PathOf(key, rows.GetString(4), small: true), rows.GetInt64(5), rows.GetInt64(0));
            }
        }
        return new SqlLook([("pictures", count)], findings.All, null);

        void LookAt(string path, long bytes, long id)
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length == bytes) return;
            findings.AddAlike(
                FindingKind.Damage, Place, Place,
                $"The picture {id} has lost {path}"
                + (file.Exists ? $": it has {file.Length} of {bytes} bytes." : "."));
        }
    }
}
