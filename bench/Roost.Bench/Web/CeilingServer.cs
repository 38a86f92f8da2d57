using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Roost.Composition;

namespace Roost.Bench.Web;

/// <summary>
/// The most that the web server could do: a second one, built by the same code as the first, in the same process and
/// on the same threads, whose one endpoint has the home page's address and answers with constant bytes, as many as an
/// average home page has, under the same headers.
/// </summary>
internal sealed class CeilingServer : IAsyncDisposable
{
    // Not the page's own: Kestrel writes the one; the other is known from the body.
    private static readonly string[] _written = ["Date", "Content-Length"];

    private readonly WebApplication _app;

    private CeilingServer(WebApplication app, Uri url, int bodyBytes) => (_app, Url, BodyBytes) = (app, url, bodyBytes);

    public Uri Url { get; }

    public int BodyBytes { get; }

    /// <summary>Looks at every reader's page, then starts.</summary>
    public static async Task<CeilingServer> StartAsync(HomePageWorld world, CancellationToken ct)
    {
        var (body, headers) = await AverageAsync(world, ct);
        var port = ClientPort.Bind("http://127.0.0.1:0");
        var app = Server.Build(port, LogLevel.Warning);
        app.MapGet("/api/v1/timelines/home", new RequestDelegate(http => AnswerAsync(http, body, headers)));
        await app.StartAsync(ct);
        return new CeilingServer(app, port.Url, body.Length);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private static async Task AnswerAsync(HttpContext http, byte[] body, KeyValuePair<string, string>[] headers)
    {
        var response = http.Response;
        foreach (var (name, value) in headers) response.Headers[name] = value;
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body, CancellationToken.None);
    }

    /// <summary>A body of the average length, made of a real one's bytes, and a real page's headers.</summary>
    private static async Task<(byte[] Body, KeyValuePair<string, string>[] Headers)> AverageAsync(
        HomePageWorld world, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = world.Server.Url };
        var bytes = 0L;
        byte[] body = [];
        KeyValuePair<string, string>[] headers = [];
        foreach (var token in world.Tokens)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, HomePageWorld.Path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var reply = await http.SendAsync(request, ct);
            reply.EnsureSuccessStatusCode();
            body = await reply.Content.ReadAsByteArrayAsync(ct);
            bytes += body.Length;
            headers = [.. reply.Headers.NonValidated.Concat(reply.Content.Headers.NonValidated)
                .Where(header => !_written.Contains(header.Key))
                .Select(header => KeyValuePair.Create(header.Key, header.Value.ToString()))];
        }
        var average = new byte[bytes / world.Tokens.Length];
        for (var i = 0; i < average.Length; i++) average[i] = body[i % body.Length];
        return (average, headers);
    }
}
