using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Posts.Log;

/// <summary>
/// A group being put together: the bytes that one write will take, and those who wait for it. Owned by the writer's
/// thread; its buffer is used again for every group.
/// </summary>
internal sealed class GroupBuffer
{
    private readonly PostLogOptions _options;
    private readonly BlockBuffer _buffer = new();
    private int _length;
    private int _lastRecord;
    private PostIdSequence _sequence;
    private uint _firstSeq;
    private long _now;
    private PostId _newest;

    /// <summary>Ids of the records of the append that is being added, for those of its records that are about
    /// them.</summary>
    private PostId[] _ids = [];

    public GroupBuffer(PostLogOptions options, PostId newest)
    {
        _options = options;
        _newest = newest;
        _sequence = new PostIdSequence(options.Shard, newest, options.ClockSlack);
    }

    public uint FirstSeq => _firstSeq;

    public uint Count { get; private set; }

    public ReadOnlySpan<byte> Bytes => _buffer.Bytes[.._length];

    /// <summary>The same, for other threads while the writer waits for them.</summary>
    public ReadOnlyMemory<byte> Memory => _buffer.Memory[.._length];

    /// <summary>Starts an empty group.</summary>
    /// <param name="firstSeq">Seq of its first record.</param>
    /// <param name="newest">Newest id in the log. Ids made for a group that failed are forgotten.</param>
    /// <param name="offset">Where in its file the group is expected to go.</param>
    public void Begin(uint firstSeq, PostId newest, long nowUnixMilliseconds, long offset)
    {
        _buffer.Begin(_options.GroupBytesMax, offset);
        _firstSeq = firstSeq;
        _now = nowUnixMilliseconds;
        _length = 0;
        Count = 0;
        if (newest != _sequence.Last) _sequence = new PostIdSequence(_options.Shard, newest, _options.ClockSlack);
        _newest = newest;
    }

    /// <summary>Whether so many bytes more belong into this group. A first append always does.</summary>
    public bool HasRoomFor(int bytes) => Count == 0 || _length + bytes <= _options.GroupBytesMax;

    /// <summary>Encodes all records of an append, or none.</summary>
    /// <returns>Null, or why it is refused.</returns>
    public ServiceException? TryAdd(PendingAppend pending)
    {
        if (uint.MaxValue - _firstSeq - Count < (uint)pending.Count) return Full();
        if (_buffer.Length - _length < pending.Bytes) _buffer.Grow(_length + pending.Bytes);
        if (_ids.Length < pending.Count) _ids = new PostId[Math.Max(pending.Count, 2 * _ids.Length)];
        var (length, count, last, newest) = (_length, Count, _lastRecord, _newest);
        for (var i = 0; i < pending.Count; i++)
        {
            if (TryAdd(pending.Draft(i), i) is not { } refusal) continue;
            (_length, Count, _lastRecord, _newest) = (length, count, last, newest);
            _sequence = new PostIdSequence(_options.Shard, newest, _options.ClockSlack);
            return refusal;
        }
        return null;
    }

    /// <summary>Marks the last record as such; nothing is added after.</summary>
    public void End() => RecordFormat.EndGroup(_buffer.Bytes[_lastRecord.._length]);

    private ServiceException? TryAdd(in RecordDraft draft, int index)
    {
        var id = draft.Header.Id;
        if ((id.IsNone ? TryMakeId(ref id) : TryTakeId(id)) is { } refusal) return refusal;
        _newest = _ids[index] = id;
        var header = draft.Header with
        {
            Id = id,
            Target = draft.TargetDraft < 0 ? draft.Header.Target : _ids.AsSpan(0, index)[draft.TargetDraft],
            AtUnixMilliseconds = draft.Header.AtUnixMilliseconds == 0 ? _now : draft.Header.AtUnixMilliseconds,
        };
        var record = _buffer.Bytes.Slice(_length, RecordFormat.HeaderBytes + draft.Payload.Length);
        RecordFormat.Encode(record, _firstSeq + Count, _firstSeq, header, draft.Payload.Span);
        _lastRecord = _length;
        _length += record.Length;
        Count++;
        return null;
    }

    private ServiceException? TryMakeId(ref PostId id)
    {
        if (_now is < PostId.EpochUnixMilliseconds or > PostId.EpochUnixMilliseconds + PostId.MillisecondsMax)
        {
            return new ServiceException(
                ErrorCode.Unavailable, "The server's clock is wrong, so nothing can be posted now. Try again later.",
                $"The clock says {_now} ms since 1970; ids are made from 2020 to 2089. Set the clock.");
        }
        if (_sequence.TryNext(_now, out id)) return null;
        var behind = _sequence.Last.UnixMilliseconds - _now;
        return new ServiceException(
            ErrorCode.Unavailable,
            "The server's clock has run back, so nothing can be posted until it has caught up. Try again later.",
            $"The clock is {behind} ms behind the newest id, {_sequence.Last}; at most {_options.ClockSlack} is borne. "
            + "Set the clock, or wait.");
    }

    private ServiceException? TryTakeId(PostId id)
    {
        if (id.Value < 0 || id.Shard != _options.Shard)
        {
            return new ServiceException(
                ErrorCode.Invalid, $"The id {id} is not one of this shard, {_options.Shard}. Nothing was stored.");
        }
        if (id <= _newest)
        {
            return new ServiceException(
                ErrorCode.Conflict, $"The id {id} is not above {_newest}, the newest before it. Nothing was stored; "
                + "sort what is imported by id, and leave out what is there already.");
        }
        if (id.UnixMilliseconds - _now > _options.ImportLead.TotalMilliseconds)
        {
            return new ServiceException(
                ErrorCode.Invalid,
                $"The id {id} lies {id.UnixMilliseconds - _now} ms in the future: nobody could post until then. "
                + "Nothing was stored; make ids of times that have passed.");
        }
        _sequence.Advance(id);
        return null;
    }

    private static ServiceException Full() => new(
        ErrorCode.StorageFull, "This shard holds as many posts as it can; nothing more can be stored in it.",
        $"A shard's log numbers at most {uint.MaxValue} records. Add a shard.");
}
