using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Roost.Tests.Services.Cards;

namespace Roost.Tests.Services.Translation;

/// <summary>A LibreTranslate server of the test's own: it translates by writing all words in capitals, and leaves alone
/// what it is told to.</summary>
internal sealed partial class FakeTranslator : IAsyncDisposable
{
    private readonly PageServer _server;

    private FakeTranslator(PageServer server) => _server = server;

    public Uri Url => new(_server.Url);

    /// <summary>How often it was asked to translate.</summary>
    public int Asked { get; private set; }

    /// <summary>What it was asked last.</summary>
    public JsonElement Question { get; private set; }

    /// <summary>Instead of a translation.</summary>
    public RequestDelegate? Instead { get; set; }

    public static async Task<FakeTranslator> StartAsync()
    {
        var server = await PageServer.StartAsync();
        var fake = new FakeTranslator(server);
        server.Pages["/languages"] = http => http.Response.WriteAsync(
            """
            [{"code":"en","name":"English","targets":["en","fr","de"]},{"code":"fr","name":"French","targets":["en"]}]
            """);
        server.Pages["/translate"] = fake.TranslateAsync;
        return fake;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TranslateAsync(HttpContext http)
    {
        Asked++;
        Question = await JsonSerializer.DeserializeAsync<JsonElement>(http.Request.Body);
        if (Instead is not null)
        {
            await Instead(http);
            return;
        }
        var texts = Question.GetProperty("q").EnumerateArray().Select(text => Capitals(text.GetString()!)).ToArray();
        await http.Response.WriteAsync(JsonSerializer.Serialize(new
        {
            translatedText = texts,
            detectedLanguage = texts.Select(_ => new { confidence = 90, language = "en" }),
        }));
    }

    private static string Capitals(string html) => $"<p>{Kept().Replace(html, part => part.Groups[1].Success
        ? part.Value
        : WebUtility.HtmlEncode(WebUtility.HtmlDecode(part.Value).ToUpperInvariant()))}</p><img src=x onerror=alert(1)>";

    [GeneratedRegex("""(<span translate="no">.*?</span>|<br>)|[^<]+""")]
    private static partial Regex Kept();
}
