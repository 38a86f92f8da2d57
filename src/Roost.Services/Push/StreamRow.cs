namespace Roost.Services.Push;

/// <summary>
/// Streams that wait for the same, when they may be most of all there are: one behind the other, so that telling them
/// looks at none. Each knows its place, so that one less is taken out without looking either. One thread.
/// </summary>
internal sealed class StreamRow
{
    private readonly List<PushStream> _streams = [];

    public bool IsEmpty => _streams.Count == 0;

    /// <summary>All of them, in no order; not to be changed.</summary>
    public List<PushStream> Streams => _streams;

    public void Add(PushStream stream)
    {
        stream.Place = _streams.Count;
        _streams.Add(stream);
    }

    public void Remove(PushStream stream)
    {
        var last = _streams[^1];
        _streams[stream.Place] = last;
        last.Place = stream.Place;
        _streams.RemoveAt(_streams.Count - 1);
    }
}
