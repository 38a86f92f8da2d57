namespace Roost.Cli.Control;

/// <summary>A file of whoever gave the command, written from front to back, a message for each piece.</summary>
internal sealed class ControlFile(Action<ControlMessage> send) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    /// <remarks>Waits while the other side is behind: the socket has room for so much only.</remarks>
    public override void Write(byte[] buffer, int offset, int count) =>
        send(new ControlMessage { Piece = buffer.AsSpan(offset, count).ToArray() });

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
