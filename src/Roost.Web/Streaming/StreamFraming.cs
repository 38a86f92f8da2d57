using System.Text;
using Roost.Services.Push;

namespace Roost.Web.Streaming;

/// <summary>Why a connection is ended from here.</summary>
internal enum Farewell
{
    /// <summary>Its reader takes less than it is sent.</summary>
    TooSlow,
    /// <summary>Its token was revoked.</summary>
    TokenEnded,
    /// <summary>The server stops; the reader may come again.</summary>
    Stopping,
}

/// <summary>How messages look on the wire.</summary>
internal abstract class StreamFraming
{
    private const string SlowText = "You were dropped: more was sent than you have read. Connect again.";
    private const string EndedText = "The access token was revoked.";

    /// <summary>Server-sent events, each with its id.</summary>
    public static readonly StreamFraming Events = new EventFraming();

    /// <summary>Server-sent events without ids, of two lines, as those readers expect who read by hand.</summary>
    public static readonly StreamFraming PlainEvents = new PlainEventFraming();

    /// <summary>Server-sent events that only name posts, for Roost's own pages.</summary>
    public static readonly StreamFraming Pages = new PageFraming();

    /// <summary>WebSocket frames.</summary>
    public static readonly StreamFraming Frames = new FrameFraming();

    /// <summary>How a response begins.</summary>
    public abstract ReadOnlyMemory<byte> Greeting { get; }

    /// <summary>What keeps a connection from looking dead to what lies between.</summary>
    public abstract ReadOnlyMemory<byte> Heartbeat { get; }

    public abstract ReadOnlyMemory<byte> Of(StreamMessage message, PushStream stream);

    /// <summary>What is equal for streams that get equal bytes.</summary>
    public virtual object FormOf(PushStream stream) => this;

    public abstract ReadOnlyMemory<byte> Of(Farewell farewell);

    private class EventFraming : StreamFraming
    {
        private static readonly byte[] _slow = Closing(SlowText);
        private static readonly byte[] _ended = Closing(EndedText);

        /// <summary>As the streams of the client API have begun from the start: a comment.</summary>
        public override ReadOnlyMemory<byte> Greeting { get; } = ":)\n"u8.ToArray();

        public override ReadOnlyMemory<byte> Heartbeat { get; } = ":thump\n"u8.ToArray();

        public override ReadOnlyMemory<byte> Of(StreamMessage message, PushStream stream) => message.Event;

        public override ReadOnlyMemory<byte> Of(Farewell farewell) => farewell switch
        {
            Farewell.TooSlow => _slow,
            Farewell.TokenEnded => _ended,
            _ => default,
        };

        private static byte[] Closing(string text) =>
            Encoding.UTF8.GetBytes($"event: closed\ndata: {{\"error\":\"{text}\"}}\n\n");
    }

    private sealed class PlainEventFraming : EventFraming
    {
        public override ReadOnlyMemory<byte> Of(StreamMessage message, PushStream stream) => message.PlainEvent;
    }

    private sealed class PageFraming : EventFraming
    {
        public override ReadOnlyMemory<byte> Of(StreamMessage message, PushStream stream) => message.Name;
    }

    private sealed class FrameFraming : StreamFraming
    {
        // RFC 6455 §7.4.1: policy violation, going away.
        private static readonly byte[] _slow = SocketFrames.MakeClose(1008, SlowText);
        private static readonly byte[] _ended = SocketFrames.MakeClose(1008, EndedText);
        private static readonly byte[] _stopping = SocketFrames.MakeClose(1001, "The server stops.");

        public override ReadOnlyMemory<byte> Greeting => default;

        public override ReadOnlyMemory<byte> Heartbeat { get; } = SocketFrames.Make(SocketFrames.Ping, []);

        public override ReadOnlyMemory<byte> Of(StreamMessage message, PushStream stream) =>
            message.FrameFor(((SocketStream)stream.Owner).ToldAs);

        public override object FormOf(PushStream stream) => ((SocketStream)stream.Owner).ToldAs;

        public override ReadOnlyMemory<byte> Of(Farewell farewell) => farewell switch
        {
            Farewell.TooSlow => _slow,
            Farewell.TokenEnded => _ended,
            _ => _stopping,
        };
    }
}

/// <summary>One of the streams on a socket.</summary>
/// <param name="ToldAs">As <see cref="StreamNames.ToldAs"/> gives it.</param>
internal sealed record SocketStream(StreamConnection Connection, string ToldAs);
