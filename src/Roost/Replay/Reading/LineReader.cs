using System.IO.Compression;

namespace Roost.Replay.Reading;

/// <summary>
/// The lines of a text file, gzipped or not (told by its first two bytes), as spans into one buffer: nothing is
/// allocated per line. Line ends are LF or CRLF. Not thread-safe; dispose closes the file.
/// </summary>
/// <remarks>
/// A gzip stream that is cut off decompresses without complaint up to the cut. So a small gzip member of our own is
/// read behind the file's last (RFC 1952 §2.2 lets members follow each other): only when its content comes out at the
/// end was everything before it whole.
/// </remarks>
internal sealed class LineReader : IDisposable
{
    /// <summary>More than any line of a known format; beyond it the file is something else.</summary>
    public const int LineBytesMax = 64 * 1024;

    private const int BufferBytes = 256 * 1024;

    private readonly Stream _stream;
    private readonly bool _zipped;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;
    private bool _ended;
    private bool _sawEndMark;

    /// <exception cref="Roost.Rpc.ServiceException">The file cannot be opened.</exception>
    public LineReader(string path)
    {
        Path = path;
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            Span<byte> magic = stackalloc byte[2];
            _zipped = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic is [0x1F, 0x8B];
            file.Position = 0;
            _stream = _zipped ? new GZipStream(new TailedStream(file, EndMark.Zipped), CompressionMode.Decompress)
                : file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw InputError.InFile(path, $"cannot be read: {e.Message} Check the path and its permissions.", e);
        }
    }

    public string Path { get; }

    /// <summary>Number of the line last read, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Reads the next line that is not blank.</summary>
    /// <param name="line">Without its line end; valid until the next call.</param>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="Roost.Rpc.ServiceException">The file is cut off or damaged, or a line is too long.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        while (TryReadAny(out line))
        {
            if (_zipped && line.SequenceEqual(EndMark.Line))
            {
                _sawEndMark = true;
                continue;
            }
            if (!line.IsEmpty) return true;
        }
        if (_zipped && !_sawEndMark)
            throw InputError.InFile(Path,
                $"the gzip stream is cut off, or something follows it (after line {Line}). Fetch the file again.");
        return false;
    }

    public void Dispose() => _stream.Dispose();

    private bool TryReadAny(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0 || (_ended && _start < _end))
            {
                var taken = length >= 0 ? length : _end - _start;
                line = _buffer.AsSpan(_start, taken);
                _start += length >= 0 ? taken + 1 : taken;
                Line++;
                if (line.Length > LineBytesMax) throw TooLong(line);
                if (line is [.., (byte)'\r']) line = line[..^1];
                return true;
            }
            if (_ended)
            {
                line = default;
                return false;
            }
            Fill();
        }
    }

    private void Fill()
    {
        if (_end - _start > LineBytesMax)
        {
            Line++;
            throw TooLong(_buffer.AsSpan(_start, _end - _start));
        }
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        try
        {
            var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
            _end += read;
            _ended = read == 0;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw InputError.InFile(Path, $"damaged after line {Line}: {e.Message} Fetch the file again.", e);
        }
    }

    private Roost.Rpc.ServiceException TooLong(ReadOnlySpan<byte> line) =>
        InputError.AtLine(Path, Line, $"a line of at most {LineBytesMax} bytes", line);

    private static class EndMark
    {
        // Starts with a control character, which no text format of ours allows.
        public static ReadOnlySpan<byte> Line => "\u0004whole"u8;

        public static byte[] Zipped { get; } = Zip();

        private static byte[] Zip()
        {
            using var zipped = new MemoryStream();
            using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
            {
                gzip.Write("\n"u8);
                gzip.Write(Line);
                gzip.Write("\n"u8);
            }
            return zipped.ToArray();
        }
    }
}
