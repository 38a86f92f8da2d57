using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Web.Http;

/// <summary>
/// A request's parameters, whatever they came as: query, form, multipart or JSON. JSON is flattened to the names that
/// forms
/// use: <c>{"a":{"b":1},"c":[2,3]}</c> is <c>a[b]=1</c>, <c>c[]=2</c>, <c>c[]=3</c>, and <c>{"d":[{"e":4}]}</c> is
/// <c>d[0][e]=4</c>. The body wins over the query.
/// </summary>
internal sealed class Parameters
{
    private const int JsonDepthMax = 8;
    private const int ValuesMax = 1_024;

    private static readonly Parameters _none = new([]);
    private readonly Dictionary<string, StringValues> _values;

    private Parameters(Dictionary<string, StringValues> values) => _values = values;

    public static Parameters OfQuery(HttpRequest request) =>
        request.QueryString.HasValue ? new Parameters(QueryOf(request)) : _none;

    /// <exception cref="UnreadableRequest">Malformed JSON or form.</exception>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: an unknown encoding, or no
    /// object.</exception>
    public static async ValueTask<Parameters> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var values = QueryOf(request);
        if (request.HasFormContentType)
            await AddFormAsync(request, values, cancellation);
        else if (request.HasJsonContentType())
            await AddJsonAsync(request, values, cancellation);
        else if (request.ContentLength > 0)
            throw Faults.Invalid(
                $"The body is '{request.ContentType}'; send a form, multipart/form-data or application/json.");
        return new Parameters(values);
    }

    /// <summary>Every name with its values, in no order.</summary>
    public IReadOnlyDictionary<string, StringValues> All => _values;

    /// <summary>The last value of that name, or null. Empty text is a value.</summary>
    public string? Text(string name) =>
        _values.TryGetValue(name, out var values) && values.Count > 0 ? values[^1] ?? "" : null;

    /// <summary>All values of <c>name[]</c> and <c>name</c>, in order; empty when there are none.</summary>
    public StringValues List(string name)
    {
        var listed = _values.GetValueOrDefault(name + "[]");
        return StringValues.Concat(listed, _values.GetValueOrDefault(name));
    }

    /// <summary>Whether the name, alone or as a list or an object, was sent at all.</summary>
    public bool Has(string name) =>
        _values.Keys.Any(k =>
            k.StartsWith(name, StringComparison.Ordinal) && (k.Length == name.Length || k[name.Length] == '['));

    /// <summary>
    /// Clients send <c>true</c>, <c>1</c>, <c>on</c> and their like. Null when it is absent or empty.
    /// </summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: something else.</exception>
    public bool? Flag(string name) => Text(name) switch
    {
        null or "" => null,
        "true" or "True" or "TRUE" or "1" or "on" or "t" or "yes" => true,
        "false" or "False" or "FALSE" or "0" or "off" or "f" or "no" => false,
        var other => throw Faults.Invalid($"{name} is '{Shortened(other)}'; send true or false."),
    };

    /// <summary>
    /// A page size: <paramref name="usual"/> when absent, <paramref name="max"/> when more is asked for.
    /// </summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: below 1, or no number.</exception>
    public int Limit(int usual, int max)
    {
        var text = Text("limit");
        if (string.IsNullOrEmpty(text)) return usual;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) || limit < 1)
            throw Faults.Invalid($"limit is '{Shortened(text)}'; send a number from 1 to {max}.");
        return Math.Min(limit, max);
    }

    /// <summary>A whole number from 0 on, or 0 when it is absent or empty.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: something else.</exception>
    public long Number(string name)
    {
        var text = Text(name);
        if (string.IsNullOrEmpty(text)) return 0;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return value;
        throw Faults.Invalid($"{name} is '{Shortened(text)}'; send a whole number.");
    }

    /// <summary>A post id, or <c>default</c> when it is absent, empty or 0, as clients start with.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: no id.</exception>
    public PostId Post(string name) => new(Cursor(name));

    /// <summary>A number above 0, or 0 when it is absent or empty.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: something else.</exception>
    public long Cursor(string name)
    {
        var text = Text(name);
        if (string.IsNullOrEmpty(text)) return 0;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return value;
        throw Faults.Invalid($"{name} is '{Shortened(text)}'; send an id, as it was received.");
    }

    /// <summary>Text from strangers, short enough to be quoted in an error.</summary>
    public static string Shortened(string text) => text.Length <= 40 ? text : string.Concat(text.AsSpan(0, 40), "…");

    private static Dictionary<string, StringValues> QueryOf(HttpRequest request)
    {
        var values = new Dictionary<string, StringValues>(StringComparer.Ordinal);
        foreach (var (name, value) in request.Query) values[name] = value;
        return values;
    }

    private static async ValueTask AddFormAsync(
        HttpRequest request, Dictionary<string, StringValues> values, CancellationToken cancellation)
    {
        try
        {
            foreach (var (name, value) in await request.ReadFormAsync(cancellation)) values[name] = value;
        }
        catch (InvalidDataException e)
        {
            throw new UnreadableRequest($"The form cannot be read: {e.Message}");
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            throw new UnreadableRequest("The form cannot be read: it ends in the middle of a part.");
        }
    }

    private static async ValueTask AddJsonAsync(
        HttpRequest request, Dictionary<string, StringValues> values, CancellationToken cancellation)
    {
        if (request.ContentLength == 0) return;
        try
        {
            var options = new JsonDocumentOptions { MaxDepth = JsonDepthMax };
            using var document = await JsonDocument.ParseAsync(request.Body, options, cancellation);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw Faults.Invalid("The JSON body is no object; send {\"name\": value, …}.");
            var flat = new Dictionary<string, List<string?>>(StringComparer.Ordinal);
            var count = 0;
            foreach (var member in document.RootElement.EnumerateObject())
                Flatten(member.Name, member.Value, flat, ref count);
            foreach (var (name, list) in flat) values[name] = new StringValues([.. list]);
        }
        catch (JsonException e)
        {
            throw new UnreadableRequest(
                $"The JSON body cannot be read at line {e.LineNumber + 1}, byte {e.BytePositionInLine}.");
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, or no UTF-8: well-formed JSON, but no text.
            throw new UnreadableRequest("The JSON body has a string that is no valid Unicode text.");
        }
    }

    /// <summary>What objects in a list say belongs together: each has a number. An empty list was sent, too.</summary>
    private static void FlattenList(
        string name, JsonElement list, Dictionary<string, List<string?>> flat, ref int count)
    {
        if (list.GetArrayLength() == 0) flat.TryAdd(name + "[]", []);
        var index = 0;
        foreach (var item in list.EnumerateArray())
        {
            var isObject = item.ValueKind == JsonValueKind.Object;
            Flatten(isObject ? $"{name}[{index}]" : name + "[]", item, flat, ref count);
            index++;
        }
    }

    private static void Flatten(string name, JsonElement value, Dictionary<string, List<string?>> flat, ref int count)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                    Flatten($"{name}[{member.Name}]", member.Value, flat, ref count);
                return;
            case JsonValueKind.Array:
                FlattenList(name, value, flat, ref count);
                return;
            case JsonValueKind.Null or JsonValueKind.Undefined:
                return;
        }
        if (++count > ValuesMax) throw Faults.Invalid($"The JSON body has more than {ValuesMax} values.");
        if (!flat.TryGetValue(name, out var list)) flat[name] = list = [];
        list.Add(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText());
    }
}
