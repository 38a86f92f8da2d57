using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Roost.Tests.Web.Hostile;

/// <summary>Values that nobody means well with, and some that are right, so that requests get past the first check.</summary>
internal sealed class HostileValues(Random random, IReadOnlyList<string> rightIds)
{
    private static readonly string[] _names =
    [
        "id[]", "id", "limit", "max_id", "min_id", "since_id", "offset", "status", "spoiler_text", "sensitive", "visibility",
        "language", "in_reply_to_id", "quoted_status_id", "media_ids[]", "media_attributes[][id]", "poll[options][]",
        "poll[expires_in]", "poll[multiple]", "scheduled_at", "q", "type", "resolve", "following", "account_id",
        "account_ids[]", "exclude_unreviewed", "title", "replies_policy", "exclusive", "context[]", "filter_action",
        "keywords_attributes[][keyword]", "keywords_attributes[][whole_word]", "keyword", "whole_word", "expires_in",
        "phrase", "types[]", "exclude_types[]", "grouped_types[]", "timeline[]", "home[last_read_id]",
        "notifications[last_read_id]", "choices[]", "domain", "comment", "duration", "notifications", "reblogs", "notify",
        "languages[]", "display_name", "note", "locked", "bot", "discoverable", "indexable", "hide_collections",
        "fields_attributes[0][name]", "fields_attributes[0][value]", "source[privacy]", "source[language]",
        "source[sensitive]", "username", "email", "password", "agreement", "locale", "reason", "client_name",
        "redirect_uris", "redirect_uri", "scopes", "scope", "website", "grant_type", "code", "code_verifier", "client_id",
        "client_secret", "token", "response_type", "state", "code_challenge", "code_challenge_method", "description",
        "focus", "acct", "uri", "url", "name", "tagged", "pinned", "only_media", "exclude_replies", "exclude_reblogs",
        "local", "remote", "any[]", "all[]", "none[]", "order", "category", "rule_ids[]", "status_ids[]", "forward",
        "for_not_following", "for_private_mentions", "subscription[endpoint]", "subscription[keys][p256dh]",
        "subscription[keys][auth]", "data[alerts][mention]", "data[policy]", "login", "return_to", "decision", "stream",
        "list", "tag", "access_token",
    ];

    private static readonly string[] _texts =
    [
        "", " ", "0", "1", "-1", "2147483648", "9223372036854775807", "9223372036854775808", "18446744073709551616",
        "1e999", "NaN", "0x10", "١٢", "true", "false", "on", "null", "undefined", "public", "private", "direct",
        "unlisted", "home", "warn", "hide", "2999-12-31T23:59:59Z", "0000-00-00", "1969-12-31T23:59:59.999Z", "tomorrow",
        "\0", "a\0b", "\r\nX-Injected: 1", "\ud800", "\u202e\u200d\ufeff", "👩‍👩‍👧‍👦", "Z͑ͫ̓a", "'", "\"", "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>", "&#x3c;", "../../etc/passwd", "..\\..\\", "%2e%2e%2f", "{{7*7}}", "${jndi:x}",
        "'; DROP TABLE accounts; --", "@alice", "@alice@example.org", "#tag", "##", "@@", "http://", "http://[::1",
        "https://127.0.0.1:1/", "javascript:alert(1)", "file:///etc/passwd", "urn:ietf:wg:oauth:2.0:oob", "\"unclosed",
        "from: AND OR (", "((((((((((", "-", "*", "a*", "before:2020-99-99", "read", "write", "admin", "read write follow",
        "authorization_code", "client_credentials", "password", "S256", "plain", "code", "image/svg+xml",
    ];

    private static readonly string[] _noObjects =
        ["", "{", "[]", "null", "1", "\"x\"", "{\"a\":1}}", "{\"status\"", "{\"a\":1,\"a\":2}"];

    public Random Random { get; } = random;

    public T One<T>(IReadOnlyList<T> of) => of[Random.Next(of.Count)];

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public string Name() => Chance(0.95) ? One(_names) : Text();

    public string Text() => Random.Next(12) switch
    {
        0 => Random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
        1 => new string((char)Random.Next(32, 0x3000), Random.Next(20_000)),
        2 => string.Concat(Enumerable.Repeat(One(_texts), Random.Next(1, 300))),
        3 or 4 or 5 => Id(),
        _ => One(_texts),
    };

    /// <summary>Mostly one that exists.</summary>
    public string Id() => Chance(0.7) && rightIds.Count > 0 ? One(rightIds) : One(_texts);

    /// <summary>A part of a path: percent-encoded, rightly or not.</summary>
    public string PathPart() => Chance(0.75) ? Uri.EscapeDataString(WithoutSurrogates(Id())) : Random.Next(6) switch
    {
        0 => "%",
        1 => "%ff%fe",
        2 => "%00",
        3 => "%c0%af..%c0%af",
        4 => new string('a', Random.Next(6_000)),
        _ => "%2525",
    };

    public string Query() => string.Join('&', Enumerable.Range(0, Random.Next(6)).Select(_ => Random.Next(20) switch
    {
        0 => "%ff=%fe",
        1 => "=&&=",
        2 => string.Concat(Enumerable.Repeat("id[]=1&", Random.Next(800))),
        _ => $"{Uri.EscapeDataString(Name())}={Uri.EscapeDataString(Shorter(WithoutSurrogates(Text())))}",
    }));

    public byte[] Json()
    {
        if (Chance(0.1)) return Nested();
        if (Chance(0.1)) return [.. "{\"status\":\""u8, 0xff, 0xfe, .. "\"}"u8];
        if (Chance(0.1)) return Encoding.UTF8.GetBytes(One(_noObjects));
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            for (var i = Random.Next(8); i > 0; i--)
            {
                json.WritePropertyName(Name().Split('[')[0]);
                WriteValue(json, 0);
            }
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private void WriteValue(Utf8JsonWriter json, int depth)
    {
        switch (Random.Next(depth > 4 ? 5 : 8))
        {
            case 0: json.WriteNumberValue(Random.NextInt64()); break;
            case 1: json.WriteNumberValue(-0.5); break;
            case 2: json.WriteBooleanValue(Chance(0.5)); break;
            case 3: json.WriteNullValue(); break;
            case 4: json.WriteStringValue(WithoutSurrogates(Text())); break;
            case 5 or 6:
                json.WriteStartArray();
                for (var i = Random.Next(6); i > 0; i--) WriteValue(json, depth + 1);
                json.WriteEndArray();
                break;
            default:
                json.WriteStartObject();
                for (var i = Random.Next(4); i > 0; i--)
                {
                    json.WritePropertyName(Name());
                    WriteValue(json, depth + 1);
                }
                json.WriteEndObject();
                break;
        }
    }

    private byte[] Nested()
    {
        var depth = Random.Next(1, 100_000);
        return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(One(["[", "{\"a\":"]), depth)));
    }

    private static string Shorter(string text) => text.Length <= 500 ? text : text[..500];

    public static string WithoutSurrogates(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()));
}
