using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Roost.Services.Storage;

namespace Roost.Services.Search.Files;

/// <summary>
/// Writes a file aside and then gives it its name: whole or not at all. The name is durable when the folder was synced.
/// </summary>
internal sealed class DiskWriter : IBufferWriter<byte>, IDisposable
{
    /// <summary>What ends the name of one that is being written.</summary>
    public const string DraftSuffix = ".new";

    private const int BufferBytes = 1 << 20;

    private readonly Disk _disk;
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private byte[] _buffer = new byte[BufferBytes];
    private int _buffered;
    private long _written;
    private bool _isDone;

    /// <exception cref="IOException">It cannot be made.</exception>
    public DiskWriter(Disk disk, string path)
    {
        (_disk, _path) = (disk, path);
        File.Delete(Draft);
        _file = disk.Create(Draft);
    }

    private string Draft => _path + DraftSuffix;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsMemory(_buffered);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsSpan(_buffered);
    }

    public void Advance(int count) => _buffered += count;

    /// <summary>Makes what was written the file. Says how long it is.</summary>
    /// <exception cref="IOException">The disk failed; the file is what it was.</exception>
    public long Finish()
    {
        Flush();
        _disk.Sync(_file, Draft);
        _file.Dispose();
        _disk.Rename(Draft, _path);
        _isDone = true;
        return _written;
    }

    /// <summary>Removes what was not finished.</summary>
    public void Dispose()
    {
        _file.Dispose();
        if (!_isDone)
            File.Delete(Draft);
    }

    private void MakeRoom(int bytes)
    {
        if (_buffer.Length - _buffered >= Math.Max(1, bytes))
            return;
        Flush();
        if (_buffer.Length < bytes)
            _buffer = new byte[bytes];
    }

    private void Flush()
    {
        _disk.Write(_file, Draft, _buffer.AsSpan(0, _buffered), _written);
        _written += _buffered;
        _buffered = 0;
    }
}
