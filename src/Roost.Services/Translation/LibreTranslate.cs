using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Roost.Rpc;

namespace Roost.Services.Translation;

/// <summary>
/// Asks a LibreTranslate server (its API is at https://docs.libretranslate.com/). The operator names it, so it may be
/// on this machine or in a private network; strangers have no say in where requests go. Thread-safe.
/// </summary>
internal sealed class LibreTranslate(TranslationOptions options, TimeProvider time) : IDisposable
{
    public const string Provider = "LibreTranslate";

    private const int AnswerBytesMax = 1 << 20;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxConnectionsPerServer = options.AtOnceMax,
        ConnectTimeout = options.Patience,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        BaseAddress = new Uri(options.Server!.AbsoluteUri.TrimEnd('/') + "/"),
        MaxResponseContentBufferSize = AnswerBytesMax,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <exception cref="ServiceException">As <see cref="TranslateTexts"/> tells.</exception>
    public async ValueTask<TranslatedTexts> TranslateAsync(TranslateTexts request, CancellationToken ct)
    {
        using var content = JsonContent.Create(
            new Question(
                [.. request.Texts.Select(MarkedText.ToHtml)], request.From ?? "auto", request.To, "html",
                options.ApiKey),
            LibreTranslateJson.Default.Question);
        var answer = await AskAsync(
            (http, stop) => http.PostAsync("translate", content, stop), LibreTranslateJson.Default.Answer, ct);
        if (answer.TranslatedText is not { } texts || texts.Count != request.Texts.Count)
            throw Unexpected("it has another number of texts");
        return new TranslatedTexts(
            [.. texts.Select(MarkedText.FromHtml)], request.From ?? answer.DetectedLanguage?[0].Language ?? "und",
            Provider);
    }

    /// <exception cref="ServiceException">It does not answer.</exception>
    public async ValueTask<TranslationPairs> PairsAsync(CancellationToken ct)
    {
        var languages = await AskAsync(
            (http, stop) => http.GetAsync("languages", stop), LibreTranslateJson.Default.IReadOnlyListLanguage, ct);
        return new TranslationPairs(languages.ToDictionary(
            one => one.Code,
            one => (IReadOnlyList<string>)[.. one.Targets.Where(target => target != one.Code).Order()]));
    }

    public void Dispose() => _http.Dispose();

    private async ValueTask<T> AskAsync<T>(
        Func<HttpClient, CancellationToken, Task<HttpResponseMessage>> ask,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(options.Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, ct);
        try
        {
            using var response = await ask(_http, either.Token);
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
                throw new ServiceException(ErrorCode.Overloaded, "The translator has too much to do; try again later.");
            if (!response.IsSuccessStatusCode) throw Unexpected($"it answers {(int)response.StatusCode}");
            return await response.Content.ReadFromJsonAsync(type, either.Token) ?? throw Unexpected("it is null");
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException)
        {
            throw Unexpected(failure.Message, failure);
        }
        catch (OperationCanceledException failure) when (!ct.IsCancellationRequested)
        {
            throw Unexpected($"there was none within {options.Patience.TotalSeconds:0.#} s", failure);
        }
    }

    private static ServiceException Unexpected(string answer, Exception? inner = null) => new(
        ErrorCode.Unavailable, "The translator does not answer as it should; try again later.", answer, inner);

    internal sealed record Question(
        IReadOnlyList<string> Q, string Source, string Target, string Format,
        [property: JsonPropertyName("api_key")] string? ApiKey);

    internal sealed record Answer(IReadOnlyList<string>? TranslatedText, IReadOnlyList<Detected>? DetectedLanguage);

    internal sealed record Detected(string Language);

    internal sealed record Language(string Code, IReadOnlyList<string> Targets);
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LibreTranslate.Question))]
[JsonSerializable(typeof(LibreTranslate.Answer))]
[JsonSerializable(typeof(IReadOnlyList<LibreTranslate.Language>))]
internal sealed partial class LibreTranslateJson : JsonSerializerContext;
