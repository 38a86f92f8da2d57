using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Roost.Composition;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Push;
using Roost.Services.Users;
using Roost.Services.WebPush;
using Roost.Web;
using Xunit;

namespace Roost.Tests.Web.Streaming;

/// <summary>The whole of Roost on a real port, with accounts <c>u1</c>, <c>u2</c>, … and a token for each.</summary>
internal sealed class StreamServer : IAsyncDisposable
{
    private readonly RunningServer _server;
    private readonly string _directory;
    private readonly List<string> _tokens = [];
    private readonly HttpClient _http;

    private StreamServer(RunningServer server, string directory)
    {
        (_server, _directory) = (server, directory);
        _http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = server.Url };
    }

    /// <summary>What takes longer has gone wrong.</summary>
    public static TimeSpan Patience => TimeSpan.FromSeconds(60);

    public static CancellationToken Ct => TestContext.Current.CancellationToken;
    public static Call Call => Call.Until(Ct);
    public Node Node => _server.Node;
    public PushApi Push => _server.Web.Push;
    public Uri Url => _server.Url;

    public static async Task<StreamServer> StartAsync(
        int accounts, Func<WebOptions, WebOptions>? web = null, PushOptions? push = null,
        WebPushOptions? webPush = null)
    {
        var directory = Directory.CreateTempSubdirectory("roost-test-").FullName;
        var server = await RunningServer.StartAsync(
            new NodeOptions(directory)
            {
                Push = push ?? new PushOptions(),
                WebPush = webPush ?? new WebPushOptions(),
            },
            url =>
            {
                var options = new WebOptions { PublicUrl = url };
                return web?.Invoke(options) ?? options;
            });
        var streams = new StreamServer(server, directory);
        var drafts = Enumerable.Range(1, accounts).Select(
            i => new AccountDraft($"u{i}", $"User {i}", TimeProvider.System.GetUtcNow()));
        await server.Node.Users.Import(new ImportAccounts([.. drafts]), Call);
        for (var i = 1; i <= accounts; i++)
            streams._tokens.Add(await streams.TokenAsync(i, "read write follow"));
        return streams;
    }

    /// <summary>The token that the account was made with.</summary>
    public string TokenOf(int account) => _tokens[account - 1];

    public async Task<string> TokenAsync(int account, string scopes)
    {
        var issued = await Node.Users.CreateToken(new CreateToken(0, new AccountId(account), scopes), Call);
        return issued.Value;
    }

    public async Task FollowAsync(int follower, int followee) =>
        await Node.Graph.Follow(new Follow(new AccountId(follower), new AccountId(followee)), Call);

    public async Task<Post> PostAsync(
        int author, string text = "hello", PostId inReplyTo = default, Visibility visibility = Visibility.Public,
        int[]? mentions = null) =>
        await Node.Posts.Create(
            new CreatePost(
                new AccountId(author), text, InReplyTo: inReplyTo, Visibility: visibility,
                Mentions: [.. (mentions ?? []).Select(id => new AccountId(id))]), Call);

    /// <summary>Opens a stream of server-sent events, which must be answered 200.</summary>
    public async Task<EventReader> OpenAsync(string path, int account, string? lastId = null)
    {
        var response = await SendAsync(path, TokenOf(account), lastId);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        return await EventReader.OpenAsync(response, Ct);
    }

    /// <summary>Only the headers are read.</summary>
    /// <param name="accept">Null for whatever comes.</param>
    public Task<HttpResponseMessage> SendAsync(
        string path, string? token, string? lastId = null, string? accept = "text/event-stream")
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/streaming/" + path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (accept is not null) request.Headers.Accept.ParseAdd(accept);
        if (lastId is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", lastId);
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
    }

    /// <summary>Asks for a page or what belongs to it; only the headers are read.</summary>
    public Task<HttpResponseMessage> GetPageAsync(string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
    }

    public async Task<ClientWebSocket> ConnectAsync(
        string query = "", string? header = null, string? protocol = null)
    {
        var socket = new ClientWebSocket();
        if (header is not null) socket.Options.SetRequestHeader("Authorization", "Bearer " + header);
        if (protocol is not null) socket.Options.AddSubProtocol(protocol);
        var url = new UriBuilder(Url) { Scheme = "ws", Path = "/api/v1/streaming", Query = query }.Uri;
        await socket.ConnectAsync(url, Ct);
        return socket;
    }

    public static Task SayAsync(ClientWebSocket socket, object message) => socket.SendAsync(
        JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, true, Ct);

    /// <summary>The next message, or null when the server has closed.</summary>
    public static async Task<JsonElement?> HearAsync(ClientWebSocket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[4_096];
        while (true)
        {
            var got = await socket.ReceiveAsync(buffer, Ct).WaitAsync(Patience, Ct);
            if (got.MessageType == WebSocketMessageType.Close) return null;
            text.Append(Encoding.UTF8.GetString(buffer, 0, got.Count));
            if (got.EndOfMessage) return JsonDocument.Parse(text.ToString()).RootElement;
        }
    }

    /// <summary>Waits until so many streams are open: a subscription on a socket is not answered.</summary>
    public async Task OpenedAsync(int streams)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(Patience);
        while ((await Push.Pushed(new AwaitPush(), Call.Until(patience.Token))).Streams != streams)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Waits until everything that has happened is told, as notifications and to streams.</summary>
    public async Task CaughtAsync()
    {
        var newest = await Node.Notifications.Caught(new AwaitNotices(), Call);
        await Push.Pushed(new AwaitPush(newest), Call);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>A server-sent event, or a comment with no name.</summary>
internal sealed record ServerEvent(string? Id, string Name, string Data)
{
    public JsonElement Json => JsonDocument.Parse(Data).RootElement;

    /// <summary>Id of the post that it is about.</summary>
    public string PostId => Name == "delete" ? Data : Json.GetProperty("id").GetString()!;
}

/// <summary>Reads a stream of server-sent events as browsers do (WHATWG HTML §9.2).</summary>
internal sealed class EventReader : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private EventReader(HttpResponseMessage response, Stream stream) =>
        (_response, _lines) = (response, new StreamReader(stream));

    /// <summary>Comments that came so far.</summary>
    public List<string> Comments { get; } = [];

    public string? LastId { get; private set; }

    public static async Task<EventReader> OpenAsync(HttpResponseMessage response, CancellationToken ct) =>
        new(response, await response.Content.ReadAsStreamAsync(ct));

    /// <summary>The next event, or null at the end.</summary>
    public async Task<ServerEvent?> NextAsync()
    {
        string? name = null;
        string? data = null;
        while (await LineAsync() is { } line)
        {
            if (line.StartsWith(':'))
                Comments.Add(line);
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
                LastId = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                data = line[6..];
            else if (line.Length == 0 && data is not null)
                return new ServerEvent(LastId, name!, data);
        }
        return null;
    }

    private async Task<string?> LineAsync() =>
        await _lines.ReadLineAsync(StreamServer.Ct).AsTask().WaitAsync(StreamServer.Patience, StreamServer.Ct);

    /// <summary>Events up to the first about that post, without it.</summary>
    public async Task<List<ServerEvent>> UntilAsync(PostId fence)
    {
        var events = new List<ServerEvent>();
        while (await NextAsync() is { } next)
        {
            if (next.PostId == fence.ToString()) return events;
            events.Add(next);
        }
        throw new EndOfStreamException("The stream ended before the post that was waited for.");
    }

    public void Dispose()
    {
        _lines.Dispose();
        _response.Dispose();
    }
}
