using System.Text.Json;
using Xunit;

namespace Roost.Tests.Web.Conformance;

/// <summary>An operation of the schema: <c>GET /api/v1/accounts/{id}</c>.</summary>
/// <param name="Scopes">What a token needs for it; empty when none is asked for.</param>
internal sealed record ApiOperation(
    string Method, string Path, string Summary, bool IsDeprecated, IReadOnlyList<string> Scopes, JsonElement Responses)
{
    /// <summary>What names it in visits and in the table.</summary>
    public string Name => $"{Method} {Path}";

    /// <summary>The same with nameless parameters: how routes and operations are matched.</summary>
    public string Shape => ShapeOf(Method, Path);

    public static string ShapeOf(string method, string path) =>
        $"{method} /{string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.StartsWith('{') ? "{}" : part))}";

    /// <summary>The schema of a JSON answer with this status, or null when the schema has none.</summary>
    public JsonElement? SchemaOf(int status) =>
        Responses.TryGetProperty($"{status}", out var response)
        && response.TryGetProperty("content", out var content)
        && content.TryGetProperty("application/json", out var json)
        && json.TryGetProperty("schema", out var schema)
            ? schema
            : null;
}

/// <summary>
/// The machine-readable schema of the client API, from the folder that the environment variable ROOST_DATA names.
/// </summary>
internal sealed class OpenApi
{
    private static readonly string[] _methods = ["get", "post", "put", "patch", "delete"];

    private readonly JsonElement _root;

    private OpenApi(JsonElement root)
    {
        _root = root;
        Operations = [.. root.GetProperty("paths").EnumerateObject().SelectMany(OperationsOf)];
        Validator = new SchemaValidator(root);
    }

    public IReadOnlyList<ApiOperation> Operations { get; }

    public SchemaValidator Validator { get; }

    public string Version => _root.GetProperty("info").GetProperty("version").GetString()!;

    /// <summary>Skips the running test, saying so, where the schema is not at hand.</summary>
    public static OpenApi Load()
    {
        var directory = Environment.GetEnvironmentVariable("ROOST_DATA");
        Assert.SkipWhen(string.IsNullOrEmpty(directory), "ROOST_DATA is not set: the client API's schema is not read.");
        using var file = File.OpenRead(Path.Combine(directory!, "mastodon-openapi.json"));
        return new OpenApi(JsonDocument.Parse(file).RootElement);
    }

    private static IEnumerable<ApiOperation> OperationsOf(JsonProperty path) =>
        from method in _methods
        where path.Value.TryGetProperty(method, out _)
        let operation = path.Value.GetProperty(method)
        select new ApiOperation(
            method.ToUpperInvariant(), path.Name, operation.GetProperty("summary").GetString()!,
            operation.TryGetProperty("deprecated", out var deprecated) && deprecated.GetBoolean(),
            ScopesOf(operation), operation.GetProperty("responses"));

    private static string[] ScopesOf(JsonElement operation) =>
        operation.TryGetProperty("security", out var security)
            ? [.. security.EnumerateArray().SelectMany(one => one.EnumerateObject())
                .SelectMany(one => one.Value.EnumerateArray()).Select(scope => scope.GetString()!)]
            : [];
}
