using System.Net;
using System.Net.Http.Headers;

namespace Roost.Services.Cards;

/// <param name="Address">Where it was found, after redirections.</param>
/// <param name="Type">As the server declares it: nothing is guessed from the bytes.</param>
/// <param name="Robots">What the header <c>X-Robots-Tag</c> says, or empty.</param>
internal sealed record FetchedBytes(Uri Address, MediaTypeHeaderValue Type, byte[] Bytes, string Robots);

/// <summary>
/// Fetches what strangers name, in bounds of time, bytes and redirections, and only where the guard allows each
/// connection to lead. Nothing of ours goes along but the user agent. Thread-safe.
/// </summary>
/// <remarks>Every failure is the same to whoever posted the link: there is no card. So it cannot be told from outside
/// which addresses answer.</remarks>
internal sealed class Fetcher(CardsOptions options, TimeProvider time) : IDisposable
{
    private const int RedirectsMax = 4;
    private const int ConnectionsPerHostMax = 2;

    private readonly HttpClient _http = new(options.Guard.MakeHandler(options.Patience, ConnectionsPerHostMax))
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <param name="types">What may come: whole MIME types, or their beginnings up to the slash.</param>
    /// <param name="isCut">Whether the beginning is enough of what is longer than <paramref name="bytesMax"/>.</param>
    /// <returns>Null when it cannot be had.</returns>
    public async ValueTask<FetchedBytes?> GetAsync(
        string url, string[] types, int bytesMax, bool isCut, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(options.Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, ct);
        try
        {
            return await FollowAsync(url, types, bytesMax, isCut, either.Token);
        }
        catch (Exception failure) when (
            failure is HttpRequestException or IOException or InvalidOperationException or FormatException
            || (failure is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    private async ValueTask<FetchedBytes?> FollowAsync(
        string url, string[] types, int bytesMax, bool isCut, CancellationToken ct)
    {
        for (var redirects = 0; redirects <= RedirectsMax; redirects++)
        {
            if (options.Guard.ProblemWith(url, "http", "https") is not null) return null;
            var address = new Uri(url);
            using var request = Request(address, types);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            if (NextOf(response, address) is not { } next)
                return await ReadAsync(response, address, types, bytesMax, isCut, ct);
            url = next;
        }
        return null;
    }

    private HttpRequestMessage Request(Uri address, string[] types)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent);
        request.Headers.TryAddWithoutValidation(
            "Accept", string.Join(", ", types.Select(type => type.EndsWith('/') ? type + "*" : type)));
        return request;
    }

    private static string? NextOf(HttpResponseMessage response, Uri address) =>
        response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
        && response.Headers.Location is { } location
            ? new Uri(address, location).AbsoluteUri
            : null;

    private static async ValueTask<FetchedBytes?> ReadAsync(
        HttpResponseMessage response, Uri address, string[] types, int bytesMax, bool isCut, CancellationToken ct)
    {
        var content = response.Content;
        if (response.StatusCode != HttpStatusCode.OK || content.Headers.ContentType is not { MediaType: { } name } type)
            return null;
        // What is packed was not asked for, and could be anything when unpacked.
        if (content.Headers.ContentEncoding.Count > 0) return null;
        if (!Array.Exists(types, wanted => wanted.EndsWith('/')
            ? name.StartsWith(wanted, StringComparison.OrdinalIgnoreCase)
            : name.Equals(wanted, StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }
        if (!isCut && content.Headers.ContentLength > bytesMax) return null;
        await using var body = await content.ReadAsStreamAsync(ct);
        var bytes = new byte[bytesMax + 1];
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        if (length > bytesMax && !isCut) return null;
        var robots = response.Headers.TryGetValues("X-Robots-Tag", out var values) ? string.Join(',', values) : "";
        return new FetchedBytes(address, type, bytes[..Math.Min(length, bytesMax)], robots);
    }
}
