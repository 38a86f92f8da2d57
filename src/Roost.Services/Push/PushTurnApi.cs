using System.Runtime.InteropServices;

namespace Roost.Services.Push;

/// <summary>
/// Some events, each with the streams that it concerns. These come in parts: those found for this event alone, and rows
/// of streams that wait for the same, which are not copied for each event. Made anew again and again by its owner.
/// </summary>
public sealed class PushTurn
{
    private readonly List<PushedEvent> _events = [];
    private readonly List<(int Streams, int Rows)> _ends = [];
    private readonly List<PushStream> _streams = [];
    private readonly List<StreamRow> _rows = [];

    /// <summary>In order; each concerns a stream at least.</summary>
    public IReadOnlyList<PushedEvent> Events => _events;

    /// <summary>In how many parts its streams come; at least one. Any of them may be empty.</summary>
    public int PartsOf(int index) => 1 + _ends[index].Rows - StartOf(index).Rows;

    /// <summary>Whom the event at that place concerns: a part of them. No stream is in two parts.</summary>
    public ReadOnlySpan<PushStream> StreamsOf(int index, int part)
    {
        var start = StartOf(index);
        return part == 0
            ? CollectionsMarshal.AsSpan(_streams)[start.Streams.._ends[index].Streams]
            : CollectionsMarshal.AsSpan(_rows[start.Rows + part - 1].Streams);
    }

    internal void To(PushStream stream) => _streams.Add(stream);

    internal void ToAll(List<PushStream> streams) => _streams.AddRange(streams);

    /// <param name="row">Must stay as it is until the turn has been told.</param>
    internal void ToAll(StreamRow row) => _rows.Add(row);

    /// <summary>Ends an event whose streams have been told with <see cref="To"/>; one without any is not kept.
    /// </summary>
    internal void Add(PushedEvent pushed)
    {
        if ((_streams.Count, _rows.Count) == StartOf(_ends.Count))
            return;
        _events.Add(pushed);
        _ends.Add((_streams.Count, _rows.Count));
    }

    internal void Clear()
    {
        _events.Clear();
        _ends.Clear();
        _streams.Clear();
        _rows.Clear();
    }

    private (int Streams, int Rows) StartOf(int index) => index == 0 ? default : _ends[index - 1];
}
