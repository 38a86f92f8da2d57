using System.Globalization;
using System.Text;
using System.Text.Json;
using Roost.Services.Push;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Streaming;

/// <summary>
/// One event as bytes. Each form is made when the first reader needs it and then shared by all. One thread.
/// </summary>
/// <param name="isLive">Whether it happens now.</param>
internal sealed class StreamMessage(PushedEvent pushed, Site site, bool isLive)
{
    private bool _hasPayload;
    private byte[]? _payload;
    private byte[]? _event;
    private byte[]? _name;
    private byte[]? _tail;
    private Dictionary<string, byte[]>? _frames;

    public PushedEvent Pushed => pushed;

    /// <summary>As a server-sent event; its id is the place to go on from.</summary>
    public ReadOnlyMemory<byte> Event => _event ??= MakeEvent(Payload);

    /// <summary>The same without the id, which is its first line: part of the same bytes.</summary>
    public ReadOnlyMemory<byte> PlainEvent => Event[(Event.Span.IndexOf((byte)'\n') + 1)..];

    /// <summary>The same, with no more about the post than its id.</summary>
    public ReadOnlyMemory<byte> Name => _name ??= MakeEvent(StreamPayload.IdOf(pushed, site.Time.GetUtcNow()));

    /// <summary>As a WebSocket frame for the stream of that name.</summary>
    /// <param name="told">As <see cref="StreamNames.ToldAs"/> gives it.</param>
    public ReadOnlyMemory<byte> FrameFor(string told)
    {
        _frames ??= new Dictionary<string, byte[]>(StringComparer.Ordinal);
        if (!_frames.TryGetValue(told, out var frame))
            _frames[told] = frame = MakeFrame(told);
        return frame;
    }

    /// <summary>A place as an event's id says it: <c>SEQ-NOTICE</c>.</summary>
    public static string IdOf(PushPlace place) => place.Notice < 0
        ? place.Seq.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{place.Seq}-{place.Notice}");

    /// <summary>The place that an id says; null when it says none. One without notifications is a place, too.</summary>
    public static PushPlace? PlaceOf(string id)
    {
        var dash = id.IndexOf('-', StringComparison.Ordinal);
        var notice = -1L;
        if (!uint.TryParse(
                dash < 0 ? id : id.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
            || (dash >= 0 && !long.TryParse(
                id.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out notice)))
        {
            return null;
        }
        return new PushPlace(seq, notice);
    }

    private byte[]? Payload
    {
        get
        {
            if (!_hasPayload)
                (_payload, _hasPayload) = (StreamPayload.Of(pushed, site, isLive), true);
            return _payload;
        }
    }

    private byte[] MakeEvent(byte[]? data)
    {
        using var text = new Utf8Buffer((data?.Length ?? 0) + 80);
        text.Write("id: "u8);
        text.WriteNumber(pushed.Place.Seq);
        if (pushed.Place.Notice >= 0)
        {
            text.Write("-"u8);
            text.WriteNumber(pushed.Place.Notice);
        }
        text.Write("\nevent: "u8);
        text.Write(Encoding.ASCII.GetBytes(StreamPayload.NameOf(pushed)));
        text.Write("\ndata: "u8);
        // An event without data browsers do not tell of.
        text.Write(data is null ? ApiCall.EmptyObject.Span : data);
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
        using var json = new Utf8Buffer(((Payload?.Length ?? 0) * 5 / 4) + 64);
        json.Write(",\"event\":\""u8);
        json.Write(Encoding.ASCII.GetBytes(StreamPayload.NameOf(pushed)));
        json.Write("\""u8);
        if (Payload is { } payload)
        {
            json.Write(",\"payload\":"u8);
            using var writer = new Utf8JsonWriter(json, JsonReplies.WriterOptions);
            writer.WriteStringValue(payload);
        }
        json.Write("}"u8);
        return json.ToArray();
    }
}
