using System.Globalization;
using System.Text.Json;

namespace Roost.Tests.Web.Conformance;

/// <summary>
/// Checks a JSON value against as much of JSON Schema 2020-12 as the client API's schema uses: <c>$ref</c>, <c>type</c>,
/// <c>properties</c>, <c>required</c>, <c>items</c>, <c>enum</c>, <c>oneOf</c>, <c>anyOf</c>, <c>allOf</c>,
/// <c>additionalProperties</c> and the formats date-time, date and uri. An unknown keyword throws, so that nothing is
/// passed over in silence.
/// </summary>
internal sealed class SchemaValidator(JsonElement root)
{
    private static readonly HashSet<string> _words =
    [
        "$ref", "type", "properties", "required", "items", "enum", "oneOf", "anyOf", "allOf", "additionalProperties",
        "format", "description", "example", "externalDocs", "deprecated", "default", "propertyNames",
    ];

    /// <summary>What is wrong, each with the place as a JSON pointer; nothing when all is well.</summary>
    public IReadOnlyList<string> Validate(JsonElement value, JsonElement schema)
    {
        var errors = new List<string>();
        Check(value, schema, "", errors);
        return errors;
    }

    private void Check(JsonElement value, JsonElement schema, string at, List<string> errors)
    {
        foreach (var word in schema.EnumerateObject())
        {
            if (!_words.Contains(word.Name))
                throw new NotSupportedException($"The schema word '{word.Name}' is not known here; teach it.");
        }
        if (schema.TryGetProperty("$ref", out var target)) Check(value, Resolve(target.GetString()!), at, errors);
        if (schema.TryGetProperty("type", out var type) && !IsOfType(value, type))
        {
            errors.Add($"{at}: is {Shown(value)}, must be {type}");
            return;
        }
        if (schema.TryGetProperty("enum", out var allowed)
            && !allowed.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)))
            errors.Add($"{at}: is {Shown(value)}, must be one of {allowed}");
        if (schema.TryGetProperty("format", out var format)) CheckFormat(value, format.GetString()!, at, errors);
        CheckBranches(value, schema, at, errors);
        if (value.ValueKind == JsonValueKind.Object) CheckObject(value, schema, at, errors);
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            var index = 0;
            foreach (var item in value.EnumerateArray()) Check(item, items, $"{at}/{index++}", errors);
        }
    }

    private void CheckBranches(JsonElement value, JsonElement schema, string at, List<string> errors)
    {
        if (schema.TryGetProperty("allOf", out var all))
            foreach (var branch in all.EnumerateArray()) Check(value, branch, at, errors);
        // Branches of the client API are told apart by what is required, and overlap: one that fits is enough.
        foreach (var word in (string[])["oneOf", "anyOf"])
        {
            if (!schema.TryGetProperty(word, out var branches)) continue;
            var tried = branches.EnumerateArray().Select(branch => Validate(value, branch)).ToList();
            if (tried.All(found => found.Count > 0))
                errors.AddRange(tried.MinBy(found => found.Count)!.Select(error => at + error));
        }
    }

    private void CheckObject(JsonElement value, JsonElement schema, string at, List<string> errors)
    {
        if (schema.TryGetProperty("required", out var required))
        {
            foreach (var name in required.EnumerateArray())
                if (!value.TryGetProperty(name.GetString()!, out _)) errors.Add($"{at}: lacks '{name}'");
        }
        var known = schema.TryGetProperty("properties", out var properties);
        foreach (var member in value.EnumerateObject())
        {
            if (known && properties.TryGetProperty(member.Name, out var expected))
                Check(member.Value, expected, $"{at}/{member.Name}", errors);
            else if (schema.TryGetProperty("additionalProperties", out var others)
                && others.ValueKind == JsonValueKind.Object)
                Check(member.Value, others, $"{at}/{member.Name}", errors);
        }
    }

    private static void CheckFormat(JsonElement value, string format, string at, List<string> errors)
    {
        if (value.ValueKind != JsonValueKind.String) return;
        var text = value.GetString()!;
        var fits = format switch
        {
            "date-time" => DateTimeOffset.TryParse(
                text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _) && text.Contains('T'),
            "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", out _),
            // Mastodon itself answers an empty text where a link has no author or nothing to embed.
            "uri" => text.Length == 0 || Uri.TryCreate(text, UriKind.Absolute, out _),
            _ => true,
        };
        if (!fits) errors.Add($"{at}: '{text}' is no {format}");
    }

    private static bool IsOfType(JsonElement value, JsonElement type) => type.ValueKind == JsonValueKind.Array
        ? type.EnumerateArray().Any(one => IsOfType(value, one))
        : type.GetString() switch
        {
            "string" => value.ValueKind == JsonValueKind.String,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "number" => value.ValueKind == JsonValueKind.Number,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "array" => value.ValueKind == JsonValueKind.Array,
            "object" => value.ValueKind == JsonValueKind.Object,
            "null" => value.ValueKind == JsonValueKind.Null,
            var other => throw new NotSupportedException($"The schema type '{other}' is not known here; teach it."),
        };

    private JsonElement Resolve(string pointer)
    {
        var at = root;
        foreach (var part in pointer.TrimStart('#', '/').Split('/')) at = at.GetProperty(part);
        return at;
    }

    private static string Shown(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 80 ? text : text[..77] + "...";
    }
}
