using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>
/// Records that lie side by side, copied at once into memory that is used again: for who reads many, a small part of
/// what one by one costs. Each is verified when it is looked at. One thread.
/// </summary>
internal sealed class RecordRun
{
    /// <summary>A run is not longer than this, unless its first record is.</summary>
    private const int BytesMax = 256 << 10;

    private byte[] _bytes = [];
    private LoadedLog? _log;
    private uint _end;
    private uint _offset;
    private int _length;

    /// <summary>Copies records, in place of what was here.</summary>
    /// <param name="first">From 1 to the newest that is published.</param>
    /// <param name="last">The last one wanted; as many are taken as lie in one segment and within bounds.</param>
    /// <returns>The last one taken; below <paramref name="first"/> when not even that one's length can be
    /// told.</returns>
    /// <exception cref="Rpc.ServiceException"><see cref="Rpc.ErrorCode.Unavailable"/>: the disk fails.</exception>
    public uint Load(LoadedLog log, uint first, uint last)
    {
        var (segment, nextFirstSeq) = log.Segments.Find(first);
        last = nextFirstSeq == 0 ? Math.Min(last, log.Columns.Count) : Math.Min(last, nextFirstSeq - 1);
        (_log, _offset) = (log, log.Columns.Offset(first));
        try
        {
            _end = first;
            _length = 0;
            while (_end <= last)
            {
                var end = RecordReader.EndOf(log, segment, nextFirstSeq, _end);
                if (end == 0 || (end - _offset > BytesMax && _end > first))
                    break;
                _length = (int)(end - _offset);
                _end++;
            }
            if (_bytes.Length < _length)
                _bytes = GC.AllocateUninitializedArray<byte>(Math.Max(_length, BytesMax));
            _length = RecordReader.Copy(log, segment, _offset, _bytes.AsSpan(0, _length));
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            throw RecordReader.Unreadable(segment, first, _offset, failure);
        }
        return _end - 1;
    }

    /// <summary>A record of the run, whole; empty when it is damaged or was lost. Valid until the next run.</summary>
    /// <param name="seq">From the first to the last of the run.</param>
    public ReadOnlySpan<byte> this[uint seq]
    {
        get
        {
            var begin = (int)(_log!.Columns.Offset(seq) - _offset);
            var end = seq + 1 == _end ? _length : (int)(_log.Columns.Offset(seq + 1) - _offset);
            if (begin > end || end > _length)
                return default;
            var record = _bytes.AsSpan(begin, end - begin);
            return RecordReader.ProblemWith(record, _log.Columns, seq) is null
                && _log.Columns[seq].Kind != RecordKind.Lost
                ? record
                : default;
        }
    }
}
