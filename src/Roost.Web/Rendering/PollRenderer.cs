using System.Buffers.Binary;
using Roost.Engine.Fragments;
using Roost.Engine.Ids;
using Roost.Services.Posts;

namespace Roost.Web.Rendering;

/// <summary>
/// Writes the Poll entity. What does not change without an edit (options, end) is kept beside the posts' bytes, under
/// the same version, so a page of posts with polls needs no body either:
/// <code>
///  8 B end in Unix milliseconds | 1 B multiple | 1 B hides totals | 1 B options | each: 2 B length, JSON string
/// </code>
/// Votes, the reader's own, and whether it has ended are written around it. Thread-safe.
/// </summary>
internal sealed class PollRenderer(TimeProvider time, long cacheBytes)
{
    private const int HeaderBytes = 11;

    private readonly FragmentArena<uint> _polls = new(Math.Max(cacheBytes, 256 << 10));

    /// <summary>Writes the poll of a post.</summary>
    public void Write(Utf8Buffer to, Post post, PollTally tally, AccountId viewer)
    {
        using var kept = new Utf8Buffer(512);
        Encode(kept, post.Poll!);
        _polls.Add(post.Ref.Seq, post.Id.Value, post.Edit, kept.Written);
        Write(to, kept.Written, post.Id, tally, viewer, viewer == post.Author);
    }

    /// <summary>The same as a member of the post, from what is kept; false when that is not enough.</summary>
    public bool TryWrite(Utf8Buffer to, in PostOutline post, AccountId viewer)
    {
        using var kept = new Utf8Buffer(512);
        if (!_polls.TryCopy(post.Ref.Seq, post.Ref.Id.Value, post.Edit, kept)) return false;
        to.Write(",\"poll\":"u8);
        Write(to, kept.Written, post.Ref.Id, post.Stats.Poll!, viewer, viewer == post.Ref.Author);
        return true;
    }

    private static void Encode(Utf8Buffer to, Poll poll)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to.GetSpan(HeaderBytes), poll.EndsAt.ToUnixTimeMilliseconds());
        to.Advance(sizeof(long));
        to.Write([poll.IsMultiple ? (byte)1 : (byte)0, poll.HidesTotals ? (byte)1 : (byte)0, (byte)poll.Options.Count]);
        foreach (var option in poll.Options)
        {
            var start = to.Length;
            to.Write([0, 0]);
            to.WriteString(option);
            to.WriteLength(start);
        }
    }

    private void Write(
        Utf8Buffer to, ReadOnlySpan<byte> kept, PostId id, PollTally tally, AccountId viewer, bool isOwn)
    {
        var endsAt = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(kept));
        var (isMultiple, hidesTotals, options) = (kept[8] != 0, kept[9] != 0, kept[10]);
        var hasEnded = time.GetUtcNow() >= endsAt;
        to.Write("{\"id\":\""u8);
        to.WriteNumber(id.Value);
        to.Write("\",\"expires_at\":"u8);
        to.WriteTime(endsAt);
        to.Write(hasEnded ? ",\"expired\":true"u8 : ",\"expired\":false"u8);
        to.Write(isMultiple ? ",\"multiple\":true"u8 : ",\"multiple\":false"u8);
        to.Write(",\"votes_count\":"u8);
        to.WriteNumber(tally.Total);
        to.Write(",\"voters_count\":"u8);
        to.WriteNumber(tally.Voters);
        if (!viewer.IsNone) WriteOwn(to, tally.Own, isOwn);
        to.Write(",\"options\":["u8);
        var rest = kept[HeaderBytes..];
        for (var i = 0; i < options; i++)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            to.Write(i == 0 ? "{\"title\":"u8 : ",{\"title\":"u8);
            to.Write(rest.Slice(sizeof(ushort), length));
            to.Write(",\"votes_count\":"u8);
            if (hidesTotals && !hasEnded) to.Write("null"u8);
            else to.WriteNumber(tally[i]);
            to.Write("}"u8);
            rest = rest[(sizeof(ushort) + length)..];
        }
        to.Write("],\"emojis\":[]}"u8);
    }

    /// <summary>Who asks need not vote, which clients take from <c>voted</c>.</summary>
    private static void WriteOwn(Utf8Buffer to, int own, bool isOwn)
    {
        to.Write(own != 0 || isOwn ? ",\"voted\":true,\"own_votes\":["u8 : ",\"voted\":false,\"own_votes\":["u8);
        var isFirst = true;
        for (var i = 0; own >> i != 0; i++)
        {
            if ((own >> i & 1) == 0) continue;
            if (!isFirst) to.Write(","u8);
            isFirst = false;
            to.WriteNumber(i);
        }
        to.Write("]"u8);
    }
}
