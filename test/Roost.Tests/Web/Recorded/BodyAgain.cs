using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;
using Roost.Tests.Services.Media;
using SkiaSharp;

namespace Roost.Tests.Web.Recorded;

/// <summary>
/// A recorded body as it can be sent again: with our ids, a password and a client where they were blotted out, a time in
/// the future where one lies in the past by now, and a picture where the bytes of a file did not survive.
/// </summary>
internal static partial class BodyAgain
{
    private const string BlottedOut = "REDACTED";
    private const string TheirMail = "@localhost";

    /// <param name="secrets">What stands for what was blotted out, by the parameter's name.</param>
    public static HttpContent? Of(string? recorded, IdMap ids, Func<string, string?> secrets)
    {
        if (recorded is null) return null;
        if (recorded.StartsWith("--", StringComparison.Ordinal)) return Multipart(recorded, ids);
        if (recorded.StartsWith('{'))
        {
            var json = JsonNode.Parse(recorded)!;
            Translate(json, ids);
            return new StringContent(json.ToJsonString(), Encoding.UTF8, "application/json");
        }
        var form = QueryHelpers.ParseQuery(recorded).SelectMany(one => one.Value.Select(value => KeyValuePair.Create(
            one.Key, Value(one.Key, value ?? "", ids, secrets))));
        return new FormUrlEncodedContent(form);
    }

    private static string Value(string name, string value, IdMap ids, Func<string, string?> secrets)
    {
        if (value == BlottedOut) return secrets(name) ?? value;
        if (name is "scheduled_at")
            return TimeProvider.System.GetUtcNow().AddDays(1).ToString("o", CultureInfo.InvariantCulture);
        if (name is "username" && value.EndsWith(TheirMail, StringComparison.Ordinal))
            return value.Replace(TheirMail, "@example.org", StringComparison.Ordinal);
        return ids.InParameter(name, value);
    }

    private static void Translate(JsonNode node, IdMap ids)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array)
                if (item is not null and not JsonValue) Translate(item, ids);
        }
        if (node is not JsonObject members) return;
        foreach (var (name, value) in members.ToList())
        {
            if (value is JsonValue one && one.TryGetValue<string>(out var text)) members[name] = ids.InParameter(name, text);
            else if (value is JsonArray list && list.All(item => item is JsonValue))
            {
                for (var i = 0; i < list.Count; i++)
                    if (list[i]!.AsValue().TryGetValue<string>(out var item)) list[i] = ids.InParameter(name, item);
            }
            else if (value is not null) Translate(value, ids);
        }
    }

    private static MultipartFormDataContent Multipart(string recorded, IdMap ids)
    {
        var border = recorded[..recorded.IndexOf("\r\n", StringComparison.Ordinal)];
        var form = new MultipartFormDataContent();
        foreach (var part in recorded.Split(border, StringSplitOptions.RemoveEmptyEntries))
        {
            var head = Disposition().Match(part);
            if (!head.Success) continue;
            var name = head.Groups["name"].Value;
            if (head.Groups["file"].Success)
            {
                var picture = new ByteArrayContent(Pictures.TwoHalves(64, 48, SKEncodedImageFormat.Jpeg));
                picture.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
                form.Add(picture, name, "picture.jpg");
            }
            else
            {
                var start = part.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
                form.Add(new StringContent(ids.InParameter(name, part[start..].TrimEnd('\r', '\n'))), name);
            }
        }
        return form;
    }

    [GeneratedRegex("form-data; name=\"(?<name>[^\"]*)\"(; filename=\"(?<file>[^\"]*)\")?")]
    private static partial Regex Disposition();
}
