using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace Roost.Bench.Web;

/// <summary>
/// The most that the web server could do: an endpoint on the same server, behind the same middleware, that answers with
/// constant bytes, as many as an average answer of another path has, under the same headers.
/// </summary>
/// <param name="number">Tells it from other ones of the same server.</param>
internal sealed class ConstantPage(int number)
{
    // Not the page's own: Kestrel writes the one; the other is known from the body.
    private static readonly string[] _written = ["Date", "Content-Length"];

    private KeyValuePair<string, string>[] _headers = [];
    private byte[] _body = [];

    public string Path { get; } = $"/bench/constant/{number}";

    public int BodyBytes => _body.Length;

    public async Task AnswerAsync(HttpContext http)
    {
        var response = http.Response;
        foreach (var (name, value) in _headers) response.Headers[name] = value;
        response.ContentLength = _body.Length;
        await response.BodyWriter.WriteAsync(_body, CancellationToken.None);
    }

    /// <summary>
    /// Looks at every reader's answer: the body is as long as the average, and made of a real one's bytes.
    /// </summary>
    /// <param name="paths">Each reader asks for the next of them.</param>
    public async Task LearnAsync(HomePageWorld world, IReadOnlyList<string> paths, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = world.Server.Url };
        var bytes = 0L;
        byte[] body = [];
        for (var i = 0; i < world.Tokens.Length; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, paths[i % paths.Count]);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", world.Tokens[i]);
            using var reply = await http.SendAsync(request, ct);
            reply.EnsureSuccessStatusCode();
            body = await reply.Content.ReadAsByteArrayAsync(ct);
            bytes += body.Length;
            _headers = [.. reply.Headers.NonValidated.Concat(reply.Content.Headers.NonValidated)
                .Where(header => !_written.Contains(header.Key))
                .Select(header => KeyValuePair.Create(header.Key, header.Value.ToString()))];
        }
        _body = new byte[bytes / world.Tokens.Length];
        for (var i = 0; i < _body.Length; i++) _body[i] = body[i % body.Length];
    }
}
