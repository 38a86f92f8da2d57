using System.Net.Http.Headers;
using System.Text.Json;

namespace Roost.Cluster.Tests.Network;

/// <summary>One reader of the posts of somebody's home by server-sent events, as a browser's EventSource does it: when
/// the stream breaks it is opened again from the last event on.</summary>
internal sealed class EventsOfHome(Uri server, string token) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan };
    private StreamReader? _lines;
    private string? _lastId;

    /// <summary>The posts' ids, in the order in which they were told.</summary>
    public List<string> Told { get; } = [];

    /// <summary>Tries until somebody serves.</summary>
    public async Task OpenAsync(CancellationToken ct)
    {
        while (true)
        {
            _lines?.Dispose();
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/streaming/user");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            request.Headers.Accept.ParseAdd("text/event-stream");
            if (_lastId is not null) request.Headers.Add("Last-Event-ID", _lastId);
            var reply = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            _lines = new StreamReader(await reply.Content.ReadAsStreamAsync(ct));
            if (reply.IsSuccessStatusCode) return;
        }
    }

    /// <summary>Reads one event; false when the stream has broken.</summary>
    public async Task<bool> ReadAsync(CancellationToken ct)
    {
        var (id, name, data) = ("", "", "");
        try
        {
            while (await _lines!.ReadLineAsync(ct) is { } line)
            {
                if (line.Length == 0 && data.Length > 0)
                {
                    if (id.Length > 0) _lastId = id;
                    if (name == "update") Told.Add(JsonDocument.Parse(data).RootElement.GetProperty("id").GetString()!);
                    return true;
                }
                var (field, value) = line.Split(':', 2) is [var before, var after] ? (before, after.TrimStart()) : (line, "");
                if (field == "id") id = value;
                if (field == "event") name = value;
                if (field == "data") data = value;
            }
        }
        catch (IOException)
        {
            // The gateway has broken it off, for its own other end is gone.
        }
        return false;
    }

    public void Dispose()
    {
        _lines?.Dispose();
        _http.Dispose();
    }
}
