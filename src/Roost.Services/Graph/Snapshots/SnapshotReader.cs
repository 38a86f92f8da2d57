using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Roost.Engine.Graph;
using Roost.Engine.Memory;

namespace Roost.Services.Graph.Snapshots;

/// <summary>
/// Reads a snapshot: its header, then both sides at the same time, in large reads into the memory where the lists stay.
/// Every byte's checksum is verified.
/// </summary>
internal sealed class SnapshotReader : IDisposable
{
    /// <summary>Read and summed at a time: what the second-level cache holds.</summary>
    private const int StepBytes = 512 << 10;

    private readonly SafeFileHandle _file;

    private SnapshotReader(SafeFileHandle file, SnapshotHeader header) => (_file, Header) = (file, header);

    public SnapshotHeader Header { get; }

    /// <summary>Opens a snapshot that is there.</summary>
    /// <returns>Null for the reader, or for what is wrong with the file.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static (SnapshotReader? Reader, string? Refusal) Open(string path)
    {
        var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        Span<byte> bytes = stackalloc byte[SnapshotHeader.Bytes];
        var read = RandomAccess.Read(file, bytes, 0);
        if (SnapshotHeader.Read(bytes[..read], RandomAccess.GetLength(file), out var header) is not { } refusal)
            return (new SnapshotReader(file, header), null);
        file.Dispose();
        return (null, refusal);
    }

    /// <summary>The graph, or what is wrong with the file.</summary>
    public (FollowGraph? Graph, string? Refusal) Load()
    {
        var loader = new GraphLoader();
        string? followers = null, followees = null;
        Parallel.Invoke(
            () => followers = TryLoadSide(loader, GraphSide.Followers, Header.Followers),
            () => followees = TryLoadSide(loader, GraphSide.Followees, Header.Followees));
        if ((followers ?? followees) is { } refusal)
            return (null, refusal);
        var graph = loader.Finish();
        return graph is null || graph.Count != Header.Follows
            ? (null, "its two sides have not as many follows as it says") : (graph, null);
    }

    public void Dispose() => _file.Dispose();

    private string? TryLoadSide(GraphLoader loader, GraphSide side, SnapshotSection section)
    {
        try
        {
            return LoadSide(loader, side, section);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"it cannot be read: {failure.Message}";
        }
    }

    private string? LoadSide(GraphLoader loader, GraphSide side, SnapshotSection section)
    {
        Span<byte> header = stackalloc byte[SnapshotHeader.PieceHeaderBytes];
        for (var at = section.Offset; at < section.End;)
        {
            if (section.End - at < header.Length || !Read(header, at))
                return Damaged(at);
            var account = BinaryPrimitives.ReadInt32LittleEndian(header);
            var ints = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
            var start = at + header.Length;
            if (BinaryPrimitives.ReadInt32LittleEndian(header[12..]) != 0 || ints <= 0
                || (section.End - start) / sizeof(int) < ints)
                return Damaged(at);
            var piece = GraphLoader.NewPiece(ints);
            var crc = Crc32C.Add(Crc32C.Start, header[..8]);
            var bytes = MemoryMarshal.AsBytes(piece.AsSpan());
            for (var from = 0; from < bytes.Length; from += StepBytes)
            {
                var step = bytes.Slice(from, Math.Min(StepBytes, bytes.Length - from));
                if (!Read(step, start + from))
                    return Damaged(at);
                crc = Crc32C.Add(crc, step);
            }
            if (Crc32C.Finish(crc) != BinaryPrimitives.ReadUInt32LittleEndian(header[8..])
                || !loader.Add(side, account, piece))
                return Damaged(at);
            at = start + bytes.Length;
        }
        return null;
    }

    private static string Damaged(long at) => $"it is damaged in the piece at byte {at}";

    private bool Read(Span<byte> to, long offset)
    {
        while (!to.IsEmpty)
        {
            var read = RandomAccess.Read(_file, to, offset);
            if (read == 0)
                return false;
            to = to[read..];
            offset += read;
        }
        return true;
    }
}
