using System.IO.MemoryMappedFiles;
using Roost.Engine.Memory;
using Roost.Engine.Search;

namespace Roost.Services.Search.Files;

/// <summary>A file of a segment, mapped copy-on-write: what is written into the memory does not reach the
/// file.</summary>
internal sealed unsafe class MappedImage : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _address;

    /// <summary>So that no advice is given about memory that is somebody else's by then.</summary>
    private readonly Lock _lock = new();
    private bool _isDisposed;

    private MappedImage(MemoryMappedFile file, long length)
    {
        _file = file;
        _view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.CopyOnWrite);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _address);
    }

    /// <exception cref="InvalidDataException">The file is empty.</exception>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public static (MappedImage Owner, SearchImage Image) Open(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0);
        if (stream.Length == 0)
            throw new InvalidDataException("It is empty.");
        var length = stream.Length;
        var file = MemoryMappedFile.CreateFromFile(
            stream, null, length, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: false);
        var mapped = new MappedImage(file, length);
        return (mapped, new SearchImage((nint)mapped._address, length, mapped));
    }

    /// <summary>Lets the system have the memory of the first bytes back, which it reads again from the file when they
    /// are asked for. Nothing may have been written there.</summary>
    public void LeaveOnDisk(long bytes)
    {
        lock (_lock)
        {
            if (!_isDisposed)
                PageAdvice.GiveBack(_address, bytes);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
        }
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
