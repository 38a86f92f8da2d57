using Roost.Engine.Memory;
using Roost.Services.Push;
using Roost.Web.Http;

namespace Roost.Web.Streaming;

/// <summary>Hands the events of a turn to the connections of the streams that they concern.</summary>
/// <remarks>
/// Events in a row for the very same streams are one piece. Of several pieces a turn is written to every connection
/// first and flushed afterwards, each connection once: who gets ten posts of a turn gets them together. Writing to a
/// socket is most of the work, so many streams are shared out among the processors. One turn at a time.
/// </remarks>
/// <param name="failed">Is told of an event that cannot be shown.</param>
/// <param name="dropped">Is told of a connection whose reader was too slow. From several threads.</param>
internal sealed class StreamDelivery(
    Site site, Action<StreamMessage, Exception> failed, Action<StreamConnection> dropped)
{
    /// <summary>Events in one piece: with posts of usual length a socket takes it whole.</summary>
    private const int BundleMax = 16;

    /// <summary>Connections that a processor takes at a time: half a millisecond of writing, for which it is worth
    /// being woken.</summary>
    private const int PartMax = 64;

    /// <summary>Streams from one step of fetching to the next.</summary>
    private const int Ahead = 2;

    private readonly List<StreamConnection> _toFlush = [];
    private readonly Lock _lock = new();

    public PushDelivered Deliver(PushTurn turn)
    {
        var delivered = default(PushDelivered);
        for (var first = 0; first < turn.Events.Count;)
        {
            var count = CountOfSame(turn, first);
            // When these are all, who is written to is not met again, and is flushed while it is at hand.
            var told = Tell(turn, first, count, flushes: count == turn.Events.Count);
            delivered = Sum(delivered, told);
            first += count;
        }
        Share(_toFlush.Count, part =>
        {
            for (var i = part.Start.Value; i < part.End.Value; i++) _toFlush[i].Flush();
        });
        _toFlush.Clear();
        return delivered;
    }

    /// <summary>How many events in a row are for the very same streams, as those of the public timelines are.</summary>
    private static int CountOfSame(PushTurn turn, int first)
    {
        var end = first + 1;
        while (end < turn.Events.Count && end - first < BundleMax && AreForTheSame(turn, first, end)) end++;
        return end - first;
    }

    private static bool AreForTheSame(PushTurn turn, int one, int other)
    {
        if (turn.PartsOf(one) != turn.PartsOf(other))
            return false;
        for (var part = 0; part < turn.PartsOf(one); part++)
        {
            if (!turn.StreamsOf(one, part).SequenceEqual(turn.StreamsOf(other, part)))
                return false;
        }
        return true;
    }

    private PushDelivered Tell(PushTurn turn, int first, int count, bool flushes)
    {
        var messages = new StreamMessage[count];
        for (var i = 0; i < count; i++)
            messages[i] = new StreamMessage(turn.Events[first + i], site, isLive: true);
        var bundle = new StreamBundle(messages, failed);
        var delivered = default(PushDelivered);
        for (var part = 0; part < turn.PartsOf(first); part++)
            delivered = Sum(delivered, Tell(bundle, turn, first, part, flushes));
        return delivered;
    }

    private PushDelivered Tell(StreamBundle bundle, PushTurn turn, int first, int part, bool flushes)
    {
        var delivered = default(PushDelivered);
        Share(turn.StreamsOf(first, part).Length, some =>
        {
            var toFlush = flushes ? null : new List<StreamConnection>();
            var told = TellPart(bundle, turn.StreamsOf(first, part)[some], toFlush);
            lock (_lock)
            {
                delivered = Sum(delivered, told);
                if (toFlush is not null)
                    _toFlush.AddRange(toFlush);
            }
        });
        return delivered;
    }

    /// <param name="toFlush">Takes what is to be flushed later; null to flush at once.</param>
    private PushDelivered TellPart(
        StreamBundle bundle, ReadOnlySpan<PushStream> streams, List<StreamConnection>? toFlush)
    {
        var told = default(PushDelivered);
        var (form, piece) = ((object?)null, (StreamPiece?)null);
        for (var i = 0; i < streams.Length; i++)
        {
            Approach(streams, i);
            var stream = streams[i];
            var connection = ConnectionOf(stream);
            // Most have the form of the one before.
            if (connection.Framing.FormOf(stream) is var own && own != form)
                (form, piece) = (own, bundle.For(own, connection.Framing, stream));
            if (piece!.Events == 0) continue;
            switch (toFlush is null ? connection.SendNow(piece) : connection.Send(piece.Bytes))
            {
                case Sent.ToFlush:
                    toFlush!.Add(connection);
                    break;
                case Sent.Dropped:
                    told = told with { Dropped = told.Dropped + 1 };
                    dropped(connection);
                    continue;
                case Sent.Ignored:
                    continue;
            }
            told = told with { Messages = told.Messages + piece.Events, Bytes = told.Bytes + piece.Bytes.Length };
        }
        return told;
    }

    /// <summary>Has the processor fetch what leads to the next sockets, one object after the other: each call that
    /// sends fills the caches with other things.</summary>
    private static void Approach(ReadOnlySpan<PushStream> streams, int at)
    {
        if (at + (4 * Ahead) < streams.Length)
            Processor.Prefetch(streams[at + (4 * Ahead)]);
        if (at + (3 * Ahead) < streams.Length)
            Processor.Prefetch(streams[at + (3 * Ahead)].Owner);
        if (at + (2 * Ahead) < streams.Length)
            ConnectionOf(streams[at + (2 * Ahead)]).Prefetch();
        if (at + Ahead < streams.Length)
            ConnectionOf(streams[at + Ahead]).PrefetchSocket();
    }

    private static StreamConnection ConnectionOf(PushStream stream) =>
        stream.Owner as StreamConnection ?? ((SocketStream)stream.Owner).Connection;

    /// <summary>Does something for so many: each processor takes some of them again and again, so that one that is
    /// kept from it by something else keeps nobody waiting.</summary>
    private static void Share(int count, Action<Range> work)
    {
        if (count < 2 * PartMax || Environment.ProcessorCount == 1)
        {
            work(..count);
            return;
        }
        var next = 0;
        Parallel.For(0, Environment.ProcessorCount, _ =>
        {
            for (int end; (end = Interlocked.Add(ref next, PartMax)) < count + PartMax;)
                work((end - PartMax)..Math.Min(end, count));
        });
    }

    private static PushDelivered Sum(in PushDelivered one, in PushDelivered other) =>
        new(one.Messages + other.Messages, one.Bytes + other.Bytes, one.Dropped + other.Dropped);
}
