using Roost.Services.Push;

namespace Roost.Web.Streaming;

/// <summary>
/// Events in a row that are for the very same streams, in one piece: so that a connection is touched once for all of
/// them. Each form is made when the first reader needs it and then shared by all.
/// </summary>
/// <param name="failed">Is told of an event that cannot be shown, which is left out, once a form.</param>
internal sealed class StreamBundle(IReadOnlyList<StreamMessage> messages, Action<StreamMessage, Exception> failed)
{
    private readonly Dictionary<object, StreamPiece> _forms = [];
    private readonly Lock _lock = new();

    /// <param name="form">As <see cref="StreamFraming.FormOf"/> tells it of that stream.</param>
    /// <returns>The bytes as that stream's framing has them.</returns>
    public StreamPiece For(object form, StreamFraming framing, PushStream stream)
    {
        lock (_lock)
        {
            if (!_forms.TryGetValue(form, out var made))
                _forms[form] = made = Make(framing, stream);
            return made;
        }
    }

    private StreamPiece Make(StreamFraming framing, PushStream stream)
    {
        var parts = new List<ReadOnlyMemory<byte>>(messages.Count);
        foreach (var message in messages)
        {
            try
            {
                parts.Add(framing.Of(message, stream));
            }
            catch (Exception failure)
            {
                // One event that cannot be shown must not keep all others from everybody.
                failed(message, failure);
            }
        }
        var bytes = new byte[parts.Sum(part => part.Length)];
        var end = 0;
        foreach (var part in parts)
        {
            part.CopyTo(bytes.AsMemory(end));
            end += part.Length;
        }
        return new StreamPiece(bytes, parts.Count);
    }
}
