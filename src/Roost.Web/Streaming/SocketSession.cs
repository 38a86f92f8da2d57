using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Roost.Engine.Ids;
using Roost.Engine.Text;
using Roost.Rpc;
using Roost.Services.Push;
using Roost.Web.Http;
using Roost.Web.OAuth;

namespace Roost.Web.Streaming;

/// <summary>What a client says on its socket, and what a URL says for it.</summary>
/// <param name="Type"><c>subscribe</c> or <c>unsubscribe</c>.</param>
/// <param name="List">Some clients send the id as a number.</param>
internal sealed record SocketRequest(
    string Type, string? Stream, [property: JsonConverter(typeof(TextOrNumber))] string? List, string? Tag, string? Q)
{
    public string? Parameter(string name) => name switch { "list" => List, "tag" => Tag, "q" => Q, _ => null };
}

/// <summary>One WebSocket: reads what its client asks for and keeps its streams. One task, of one state machine: nearly
/// all sockets wait nearly always, and each that waits keeps it.</summary>
internal sealed class SocketSession(Site site, AccountId viewer, string scopes)
{
    /// <summary>Streams on one socket: more than any client has columns for.</summary>
    private const int StreamsMax = 100;

    /// <summary>How long a client may go on sending what is not taken.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly List<PushStream> _streams = new(1);
    private StreamConnection _connection = null!;

    /// <summary>Answers the handshake, then serves until either side ends.</summary>
    /// <param name="bearer">The secret that it is opened with.</param>
    /// <param name="first">To subscribe to at once, or null.</param>
    public async Task RunAsync(HttpContext http, IHttpUpgradeFeature upgrade, string bearer, SocketRequest? first)
    {
        await using var upgraded = await upgrade.UpgradeAsync();
        _connection = new StreamConnection(
            http, StreamOutput.OfUpgraded(http, upgraded), StreamFraming.Frames, bearer, site.Options.StreamQueueBytes);
        site.Streams.Add(_connection);
        var reader = new SocketReader(InputOf(http, upgraded));
        try
        {
            if (first is not null)
                await TakeAsync(first, http.RequestAborted);
            first = null;
            LastingRequest.Forget(http);
            _connection.Ready();
            _connection.Ended.GetAwaiter().UnsafeOnCompleted(reader.Stop);
            try
            {
                while (!reader.IsOver)
                {
                    if (reader.TryTake(out var message))
                        await HearAsync(message, http.RequestAborted);
                    else
                        reader.Fill(await reader.WaitAsync());
                }
            }
            catch (Exception failure) when (failure is IOException or OperationCanceledException)
            {
                // Gone, or ended from here: there is nobody to tell.
            }
            _connection.End(reader.Goodbye);
            await _connection.Ended;
        }
        finally
        {
            foreach (var one in _streams)
                site.Services.Push.Close(one);
            site.Streams.Remove(_connection);
        }
        if (reader.HasRefused)
            await PassOverAsync(reader, http.RequestAborted);
    }

    /// <summary>What comes after the handshake: from the connection itself where that can be had, since the web
    /// server's stream keeps more for each wait.</summary>
    private static PipeReader InputOf(HttpContext http, Stream upgraded) => http.Features.Get<SocketOutput>()?.Input
        ?? PipeReader.Create(upgraded, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));

    /// <summary>A connection that is closed while there is something to read is reset, and what was said last is lost:
    /// so what a client still sends after something that is not taken is let go by.</summary>
    private async Task PassOverAsync(SocketReader reader, CancellationToken aborted)
    {
        using var patience = new CancellationTokenSource(_patience, site.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(aborted, patience.Token);
        try
        {
            await reader.PassOverAsync(ending.Token);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            // Gone, or it goes on for too long.
        }
    }

    private async ValueTask HearAsync(SocketReader.Message message, CancellationToken ct)
    {
        switch (message.Opcode)
        {
            case SocketFrames.Ping:
                Say(SocketFrames.Make(SocketFrames.Pong, message.Payload.Span));
                break;
            case SocketFrames.Text when Parse(message.Payload) is { } request:
                await TakeAsync(request, ct);
                break;
            case SocketFrames.Text:
                Refuse("Send JSON such as {\"type\":\"subscribe\",\"stream\":\"user\"}");
                break;
        }
    }

    private static SocketRequest? Parse(ReadOnlyMemory<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text.Span, WebJson.Default.SocketRequest);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async ValueTask TakeAsync(SocketRequest request, CancellationToken ct)
    {
        try
        {
            if (request.Type is not ("subscribe" or "unsubscribe"))
                throw new StreamRefusal("type is to be subscribe or unsubscribe");
            var topic = StreamNames.Read(request.Stream, request.Parameter, [], out var scope);
            var open = _streams.Find(one => IsSame(one.Topic, topic));
            if (request.Type == "unsubscribe" && open is not null)
            {
                _streams.Remove(open);
                site.Services.Push.Close(open);
            }
            else if (request.Type == "subscribe" && open is null)
            {
                Require(scope);
                var toldAs = StreamNames.ToldAs(request.Stream!, topic);
                var stream = new PushStream(viewer, topic, new SocketStream(_connection, toldAs))
                {
                    HasNotices = Scopes.Covers(scopes, StreamNames.NoticesScope),
                };
                await site.Services.Push.Open(
                    new OpenStream(stream),
                    new Call(Deadline.After(site.Options.RequestTimeout, site.Time), ct));
                _streams.Add(stream);
            }
        }
        catch (StreamRefusal refusal)
        {
            Refuse(refusal.Message);
        }
        catch (ServiceException refusal)
        {
            Refuse(refusal.Message, ErrorReplies.StatusOf(refusal.Code));
        }
    }

    /// <summary>A hashtag is the same however it is spelled; a query is not.</summary>
    private static bool IsSame(StreamTopic one, StreamTopic other) =>
        one.Kind == other.Kind && one.Subject == other.Subject
        && (one.Tag == other.Tag
            || (one.Kind != StreamKind.Search && Folding.Fold(one.Tag) == Folding.Fold(other.Tag)));

    private void Require(string scope)
    {
        if (!Scopes.Covers(scopes, scope))
            throw new ServiceException(ErrorCode.Forbidden, "This action is outside the authorized scopes");
        if (_streams.Count == StreamsMax)
            throw new StreamRefusal($"A socket has {StreamsMax} streams at most");
    }

    private void Refuse(string error, int status = 400)
    {
        using var json = new Rendering.Utf8Buffer();
        OpenEvents.WriteRefusal(json, error, status);
        Say(SocketFrames.Make(SocketFrames.Text, json.Written));
    }

    private void Say(byte[] frame)
    {
        if (_connection.Send(frame) == Sent.ToFlush)
            _connection.Flush();
    }
}
