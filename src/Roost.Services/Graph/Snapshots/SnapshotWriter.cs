using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Roost.Engine.Graph;
using Roost.Engine.Memory;

namespace Roost.Services.Graph.Snapshots;

/// <summary>Writes a snapshot beside its place and then puts it there: whole or not at all.</summary>
internal static class SnapshotWriter
{
    /// <summary>What ends the name of one that is being written.</summary>
    public const string DraftSuffix = ".new";

    private const int BufferBytes = 1 << 20;

    /// <exception cref="IOException">There is no room, or it cannot be written; nothing is left behind then but the
    /// old snapshot.</exception>
    public static void Write(string path, GraphImage image, long token, long seq, CancellationToken ct)
    {
        var draft = path + DraftSuffix;
        try
        {
            using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes))
            {
                Span<byte> header = stackalloc byte[SnapshotHeader.Bytes];
                header.Clear();
                file.Write(header);
                var followers = WriteSide(file, image, GraphSide.Followers, ct);
                var followees = WriteSide(file, image, GraphSide.Followees, ct);
                // Last, so that what was cut off anywhere has none.
                new SnapshotHeader(token, seq, image.Count, followers, followees).Write(header);
                file.Position = 0;
                file.Write(header);
                file.Flush(flushToDisk: true);
            }
            File.Move(draft, path, overwrite: true);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    private static SnapshotSection WriteSide(FileStream file, GraphImage image, GraphSide side, CancellationToken ct)
    {
        var offset = file.Position;
        foreach (var piece in image.Pieces(side))
        {
            ct.ThrowIfCancellationRequested();
            WritePiece(file, piece);
        }
        return new SnapshotSection(offset, file.Position - offset);
    }

    private static void WritePiece(FileStream file, GraphPiece piece)
    {
        Span<byte> header = stackalloc byte[SnapshotHeader.PieceHeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(header, piece.Account);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], piece.Ints);
        var crc = Crc32C.Add(Crc32C.Add(Crc32C.Start, header[..8]), MemoryMarshal.AsBytes(piece.Packed.Span));
        foreach (var block in piece.List.Blocks)
            crc = Crc32C.Add(crc, MemoryMarshal.AsBytes(block));
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Crc32C.Finish(crc));
        file.Write(header);
        file.Write(MemoryMarshal.AsBytes(piece.Packed.Span));
        foreach (var block in piece.List.Blocks)
            file.Write(MemoryMarshal.AsBytes(block));
    }
}
