using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Roost.Engine.Fragments;

/// <summary>
/// What many fragments have in common, known beforehand. A fragment is packed as the stretches that it shares with
/// these bytes, and what is its own between them:
/// <code>
///  step                                         step
///  | where 12 b | shared 10 b | own 10 b | own…  | where | shared | own | own… | …
///      4 B                                        4 B
/// </code>
/// Of JSON objects of one kind, members and usual values are shared: a third of their bytes is left, about. So more
/// of them have room, and fewer cache lines are read for one; what is shared comes from the processor's first cache.
/// Immutable, thread-safe.
/// </summary>
/// <remarks>
/// <para><b>Packing</b> looks for shared stretches at a fragment's start and at its quotation marks only, where members
/// of JSON begin and strings end: any bytes can be packed, but others gain nothing.</para>
/// <para><b>Unpacking</b> copies in steps of <see cref="Slack"/> bytes, beyond the end of a stretch, which the next one
/// overwrites: most are short, and a copy of exact length costs more than its bytes. It trusts nothing that it reads,
/// for what it reads may be overwritten meanwhile.</para>
/// </remarks>
public sealed class CommonBytes
{
    /// <summary>Room that unpacking needs behind what it writes.</summary>
    public const int Slack = 32;

    /// <summary>At most as many common bytes as steps can point into.</summary>
    public const int LengthMax = 1 << WhereBits;

    private const int WhereBits = 12;
    private const int RunBits = 10;
    private const int RunMax = (1 << RunBits) - 1;
    private const int StepBytes = sizeof(uint);
    private const int BucketBits = 10;

    /// <summary>Shorter stretches are not worth a step.</summary>
    private const int SharedMin = sizeof(ulong);

    private readonly byte[] _bytes;
    private readonly int _length;

    /// <summary>By the hash of the bytes there: one more than the last place, or 0.</summary>
    private readonly ushort[] _buckets = new ushort[1 << BucketBits];

    /// <summary>By place: one more than the place before with the same hash, or 0.</summary>
    private readonly ushort[] _before;

    /// <param name="bytes">Typical fragments, one behind the other; at most <see cref="LengthMax"/>, what is beyond is
    /// left out.</param>
    public CommonBytes(ReadOnlySpan<byte> bytes)
    {
        _length = Math.Min(bytes.Length, LengthMax);
        _bytes = new byte[_length + Slack];
        bytes[.._length].CopyTo(_bytes);
        _before = new ushort[_length];
        for (var at = 0; at <= _length - SharedMin; at++)
        {
            if (at > 0 && _bytes[at] != '"')
                continue;
            ref var bucket = ref _buckets[BucketOf(_bytes.AsSpan(at))];
            _before[at] = bucket;
            bucket = (ushort)(at + 1);
        }
    }

    /// <summary>What a fragment of so many bytes takes at most when it is packed.</summary>
    public static int PackedMax(int length) => length + StepBytes * (2 + length / RunMax);

    /// <summary>Packs a fragment; the reply is how many bytes that makes.</summary>
    /// <param name="to">At least <see cref="PackedMax"/>.</param>
    public int Pack(ReadOnlySpan<byte> fragment, Span<byte> to)
    {
        var used = 0;
        var shared = Shared(fragment, out var where);
        while (!fragment.IsEmpty)
        {
            fragment = fragment[shared..];
            var own = FindShared(fragment, out var nextShared, out var nextWhere);
            used += WriteSteps(to[used..], where, shared, fragment[..own]);
            fragment = fragment[own..];
            (shared, where) = (nextShared, nextWhere);
        }
        return used;
    }

    /// <summary>Writes the fragment that was packed. <b>Hot path.</b></summary>
    /// <param name="to">As long as the fragment is, and <see cref="Slack"/> bytes more, which have no meaning
    /// afterwards.</param>
    /// <returns>False when this is no packed fragment of that length; then what was written has no meaning.</returns>
    public bool TryUnpack(ReadOnlySpan<byte> packed, Span<byte> to)
    {
        var written = 0;
        while (packed.Length >= StepBytes)
        {
            var step = BinaryPrimitives.ReadUInt32LittleEndian(packed);
            packed = packed[StepBytes..];
            var where = (int)(step >> (2 * RunBits));
            var shared = (int)(step >> RunBits) & RunMax;
            var own = (int)step & RunMax;
            if (where + shared > _length || own > packed.Length || written + shared + own > to.Length - Slack)
                return false;
            // Whole steps end within the slack of both sides.
            CopySteps(ref _bytes[where], ref to[written], shared);
            written += shared;
            if (packed.Length - own >= Slack)
                CopySteps(ref MemoryMarshal.GetReference(packed), ref to[written], own);
            else
                packed[..own].CopyTo(to[written..]);
            written += own;
            packed = packed[own..];
        }
        return written == to.Length - Slack;
    }

    /// <summary>How many bytes come before the next shared stretch; all that there are when there is none.</summary>
    private int FindShared(ReadOnlySpan<byte> fragment, out int shared, out int where)
    {
        for (var at = 0; ; at++)
        {
            var quote = fragment[at..].IndexOf((byte)'"');
            if (quote < 0)
                break;
            at += quote;
            if ((shared = Shared(fragment[at..], out where)) > 0)
                return at;
        }
        (shared, where) = (0, 0);
        return fragment.Length;
    }

    /// <summary>The longest stretch of the common bytes that a fragment begins with, or 0.</summary>
    private int Shared(ReadOnlySpan<byte> fragment, out int where)
    {
        (var longest, where) = (0, 0);
        if (fragment.Length < SharedMin)
            return 0;
        for (var at = _buckets[BucketOf(fragment)] - 1; at >= 0; at = _before[at] - 1)
        {
            var length = fragment.CommonPrefixLength(_bytes.AsSpan(at, _length - at));
            if (length >= SharedMin && length > longest)
                (longest, where) = (length, at);
        }
        return longest;
    }

    private static int WriteSteps(Span<byte> to, int where, int shared, ReadOnlySpan<byte> own)
    {
        var used = 0;
        do
        {
            var sharedNow = Math.Min(shared, RunMax);
            var ownNow = shared > RunMax ? 0 : Math.Min(own.Length, RunMax);
            var step = ((uint)where << (2 * RunBits)) | ((uint)sharedNow << RunBits) | (uint)ownNow;
            BinaryPrimitives.WriteUInt32LittleEndian(to[used..], step);
            own[..ownNow].CopyTo(to[(used + StepBytes)..]);
            used += StepBytes + ownNow;
            own = own[ownNow..];
            shared -= sharedNow;
            where = shared == 0 ? 0 : where + sharedNow;
        }
        while (shared > 0 || !own.IsEmpty);
        return used;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopySteps(ref byte from, ref byte to, int length)
    {
        for (var at = 0; at < length; at += Slack)
        {
            Vector128.LoadUnsafe(ref from, (nuint)at).StoreUnsafe(ref to, (nuint)at);
            var second = (nuint)(at + Vector128<byte>.Count);
            Vector128.LoadUnsafe(ref from, second).StoreUnsafe(ref to, second);
        }
    }

    private static int BucketOf(ReadOnlySpan<byte> bytes) =>
        (int)(BinaryPrimitives.ReadUInt64LittleEndian(bytes) * 0x9E3779B97F4A7C15 >> (64 - BucketBits));
}
