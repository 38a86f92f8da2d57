using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Roost.Tests.Web.Recorded;

/// <summary>What a client once asked of a real Mastodon server, and the answer it got.</summary>
/// <param name="Source">The recording that it belongs to; the exchanges of one follow each other.</param>
/// <param name="Path">With its query.</param>
/// <param name="Body">Null for none. Bytes of files did not survive the recording.</param>
/// <param name="Json">Undefined when the answer was not JSON.</param>
internal sealed partial record Exchange(
    string Source, HttpMethod Method, string Path, string? Body, int Status, IReadOnlyDictionary<string, string> Headers,
    JsonElement Json)
{
    private const string Recorded = "http://localhost:3000/";
    private const int BodyKeptMax = 2_000;

    /// <summary>The recording kept no more than the beginning of its body, of which nothing can be made.</summary>
    public bool IsCut => Body is { Length: >= BodyKeptMax } && Body.StartsWith('{');

    /// <summary>Method and path without its query, ids left out: <c>GET /api/v1/statuses/{id}/context</c>.</summary>
    public string Shape
    {
        get
        {
            var path = Path.Split('?')[0].TrimEnd('/');
            path = IdInPath().Replace(path, "/{id}");
            path = NameInPath().Replace(path, "$1/{name}");
            return $"{Method} {path}";
        }
    }

    /// <summary>Those with one server, in order. Skips the running test, saying so, where they are not at hand.</summary>
    public static IReadOnlyList<Exchange> LoadAll()
    {
        var directory = Environment.GetEnvironmentVariable("ROOST_DATA");
        Assert.SkipWhen(string.IsNullOrEmpty(directory), "ROOST_DATA is not set: recorded exchanges are not replayed.");
        using var file = File.OpenRead(System.IO.Path.Combine(directory!, "mastodonpy_cassettes.jsonl.gz"));
        using var lines = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        var exchanges = new List<Exchange>();
        while (lines.ReadLine() is { } line)
        {
            var json = JsonDocument.Parse(line).RootElement;
            if (json.GetProperty("uri").GetString()!.StartsWith(Recorded, StringComparison.Ordinal))
                exchanges.Add(Of(json));
        }
        return exchanges;
    }

    private static Exchange Of(JsonElement json) => new(
        json.GetProperty("src").GetString()!,
        new HttpMethod(json.GetProperty("method").GetString()!),
        json.GetProperty("uri").GetString()![(Recorded.Length - 1)..],
        json.GetProperty("req_body").GetString(),
        json.GetProperty("status").GetInt32(),
        json.GetProperty("headers").EnumerateObject()
            .ToDictionary(one => one.Name, one => one.Value.GetString()!, StringComparer.OrdinalIgnoreCase),
        json.GetProperty("json"));

    [GeneratedRegex("/[0-9]+(?=/|$)")]
    private static partial Regex IdInPath();

    [GeneratedRegex("(/tags|/tag|/notifications)/(?!requests|policy|clear|dismiss|unread_count|[{])[^/]+")]
    private static partial Regex NameInPath();
}
