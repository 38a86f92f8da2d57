namespace Roost.Services.Posts.Log;

/// <summary>
/// A record as it was read back from disk, its checksum verified. Immutable; the payload may be kept.
/// </summary>
public sealed class LogRecord
{
    internal LogRecord(uint seq, RecordHeader header, ReadOnlyMemory<byte> payload)
    {
        Seq = seq;
        Header = header;
        Payload = payload;
    }

    public uint Seq { get; }

    public RecordHeader Header { get; }

    public ReadOnlyMemory<byte> Payload { get; }
}
