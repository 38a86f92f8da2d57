using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Roost.Web.Bulk;

/// <summary>Writes a request of <see cref="BulkFormat"/>, and reads its answer: for who sends. Not
/// thread-safe.</summary>
public sealed class BulkBody
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private int _authors;

    public BulkBody() => _bytes.Write(BulkFormat.RequestMagic);

    /// <summary>Posts and boosts so far.</summary>
    public int Items { get; private set; }

    /// <summary>Adds an author; the reply is the number to name it by.</summary>
    public int AddAuthor(string token)
    {
        Frame(BulkFrameKind.Author, Encoding.UTF8.GetBytes(token));
        return _authors++;
    }

    /// <summary>Adds a public post; the reply is its number.</summary>
    /// <param name="about">The number of an earlier item that it answers, or -1.</param>
    /// <param name="answers">Else the id of a post, or 0.</param>
    /// <param name="key">The idempotency key: at most 255 bytes; empty for none.</param>
    public int AddPost(int author, string text, int about = -1, long answers = 0, string key = "")
    {
        var (keyBytes, textBytes) = (Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(text));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keyBytes.Length, byte.MaxValue, nameof(key));
        var payload = new byte[22 + keyBytes.Length + textBytes.Length];
        BinaryPrimitives.WriteInt32LittleEndian(payload, author);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(4), about);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(8), answers);
        // Public, not sensitive, no language, no warning: bytes 16 to 20 are zero.
        payload[21] = (byte)keyBytes.Length;
        keyBytes.CopyTo(payload.AsSpan(22));
        textBytes.CopyTo(payload.AsSpan(22 + keyBytes.Length));
        Frame(BulkFrameKind.Post, payload);
        return Items++;
    }

    /// <summary>Adds a boost; the reply is its number.</summary>
    /// <param name="about">The number of an earlier item that it boosts, or -1.</param>
    /// <param name="post">Else the id of the post.</param>
    public int AddBoost(int author, int about, long post = 0)
    {
        var payload = new byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(payload, author);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(4), about);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(8), post);
        Frame(BulkFrameKind.Boost, payload);
        return Items++;
    }

    /// <summary>Has what came so far stored now.</summary>
    public void Commit() => Frame(BulkFrameKind.Commit, []);

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    /// <summary>What became of each item that was answered. Of <see cref="BulkCode.Unreadable"/> there is at most one,
    /// the last.</summary>
    /// <exception cref="FormatException">It is no such answer.</exception>
    public static List<(BulkCode Code, long Id, string Reason)> ReadAnswer(ReadOnlySpan<byte> answer)
    {
        if (!answer.StartsWith(BulkFormat.AnswerMagic))
            throw new FormatException("The answer does not begin with RoostPr1.");
        answer = answer[BulkFormat.AnswerMagic.Length..];
        var items = new List<(BulkCode, long, string)>();
        while (!answer.IsEmpty)
        {
            if (answer.Length < 11 || answer.Length - 11 < BinaryPrimitives.ReadUInt16LittleEndian(answer[9..]))
                throw new FormatException($"The answer ends within item {items.Count}.");
            var length = BinaryPrimitives.ReadUInt16LittleEndian(answer[9..]);
            items.Add((
                (BulkCode)answer[0], BinaryPrimitives.ReadInt64LittleEndian(answer[1..]),
                Encoding.UTF8.GetString(answer.Slice(11, length))));
            answer = answer[(11 + length)..];
        }
        return items;
    }

    private void Frame(BulkFrameKind kind, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > BulkFormat.PayloadBytesMax)
            throw new ArgumentException($"A frame has at most {BulkFormat.PayloadBytesMax} bytes.", nameof(payload));
        Span<byte> header = stackalloc byte[BulkFormat.FrameHeaderBytes];
        header[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(header[1..], payload.Length);
        _bytes.Write(header);
        _bytes.Write(payload);
    }
}
