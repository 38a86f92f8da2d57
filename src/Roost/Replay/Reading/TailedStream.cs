namespace Roost.Replay.Reading;

/// <summary>Reads a stream to its end and then some bytes more. Owns the stream.</summary>
internal sealed class TailedStream(Stream head, byte[] tail) : Stream
{
    private int _tailRead;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        var read = head.Read(buffer);
        if (read > 0) return read;
        read = Math.Min(buffer.Length, tail.Length - _tailRead);
        tail.AsSpan(_tailRead, read).CopyTo(buffer);
        _tailRead += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) head.Dispose();
        base.Dispose(disposing);
    }
}
