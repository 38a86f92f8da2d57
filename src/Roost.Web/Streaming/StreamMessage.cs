using System.Text;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Services.Push;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Streaming;

/// <summary>
/// One event as bytes. Each form is made when the first reader needs it and then shared by all. One thread.
/// </summary>
/// <remarks>
/// A post that was just made nobody has marked yet, so one form with all marks unset is true for every reader. Of an
/// older one (edited, boosted, or replayed) the marks are left out, which clients take for "as you know them".
/// </remarks>
/// <param name="isLive">Whether it happens now.</param>
internal sealed class StreamMessage(PushedEvent pushed, StatusRenderer statuses, bool isLive)
{
    /// <summary>Any reader but the author, whose posts alone can be pinned.</summary>
    private static readonly AccountId _anyReader = new(int.MaxValue);

    private readonly byte[] _payload = PayloadOf(pushed, statuses, isLive);
    private byte[]? _event;
    private byte[]? _tail;
    private Dictionary<string, byte[]>? _frames;

    /// <summary>As a server-sent event; its id is the place in the feed to go on from.</summary>
    public ReadOnlyMemory<byte> Event => _event ??= MakeEvent();

    /// <summary>As a WebSocket frame for the stream of that name.</summary>
    /// <param name="told">As <see cref="StreamNames.ToldAs"/> gives it.</param>
    public ReadOnlyMemory<byte> FrameFor(string told)
    {
        _frames ??= new Dictionary<string, byte[]>(StringComparer.Ordinal);
        if (!_frames.TryGetValue(told, out var frame))
            _frames[told] = frame = MakeFrame(told);
        return frame;
    }

    private string Name => pushed.Kind switch
    {
        PushedKind.Edit => "status.update",
        PushedKind.Delete => "delete",
        _ => "update",
    };

    private static byte[] PayloadOf(PushedEvent pushed, StatusRenderer statuses, bool isLive)
    {
        if (pushed.Entry is not { } entry)
            return Encoding.ASCII.GetBytes(pushed.Post.ToString());
        var isNew = isLive && pushed.Kind == PushedKind.Update && entry.Boosted is null;
        using var json = new Utf8Buffer();
        // What a reader's filters match is one of a reader's marks: it cannot be told without the others.
        statuses.Write(json, entry, isNew || entry.Filtered is not null ? _anyReader : default);
        return json.ToArray();
    }

    private byte[] MakeEvent()
    {
        using var text = new Utf8Buffer(_payload.Length + 64);
        text.Write("id: "u8);
        text.WriteNumber(pushed.Seq);
        text.Write("\nevent: "u8);
        text.Write(Encoding.ASCII.GetBytes(Name));
        text.Write("\ndata: "u8);
        text.Write(_payload);
        text.Write("\n\n"u8);
        return text.ToArray();
    }

    private byte[] MakeFrame(string told)
    {
        _tail ??= MakeTail();
        var stream = Encoding.UTF8.GetBytes(told);
        var head = "{\"stream\":"u8;
        return SocketFrames.Make(SocketFrames.Text, [.. head, .. stream, .. _tail]);
    }

    // The payload is a string that holds JSON.
    private byte[] MakeTail()
    {
        using var json = new Utf8Buffer((_payload.Length * 5 / 4) + 64);
        json.Write(",\"event\":\""u8);
        json.Write(Encoding.ASCII.GetBytes(Name));
        json.Write("\",\"payload\":"u8);
        using (var writer = new Utf8JsonWriter(json, JsonReplies.WriterOptions))
            writer.WriteStringValue(_payload);
        json.Write("}"u8);
        return json.ToArray();
    }
}
