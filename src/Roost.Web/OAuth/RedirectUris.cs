namespace Roost.Web.OAuth;

/// <summary>
/// Rules for the addresses that codes are sent to (RFC 6749 §3.1.2, RFC 8252 §7.1 for custom schemes).
/// </summary>
internal static class RedirectUris
{
    /// <summary>"Out of band": the code is shown to the person, who carries it over.</summary>
    public const string OutOfBand = "urn:ietf:wg:oauth:2.0:oob";

    public const int LengthMax = 2_000;

    // A browser would run or show what these carry, instead of asking an app.
    private static readonly string[] _refusedSchemes =
        ["javascript", "data", "vbscript", "file", "blob", "about", "view-source"];

    /// <summary>What is wrong with a URI, or null.</summary>
    public static string? Problem(string uri)
    {
        if (uri == OutOfBand) return null;
        if (uri.Length == 0) return "is empty";
        if (uri.Length > LengthMax) return $"is longer than {LengthMax} characters";
        if (uri.AsSpan().ContainsAnyExceptInRange('!', '~')) return "has characters that a URI cannot have";
        // A path such as /done would be taken for a file's URI.
        if (uri[0] == '/' || !Uri.TryCreate(uri, UriKind.Absolute, out var parsed)) return "is no absolute URI";
        if (uri.Contains('#', StringComparison.Ordinal)) return "has a fragment (#), which RFC 6749 does not allow";
        return Array.IndexOf(_refusedSchemes, parsed.Scheme) < 0
            ? null : $"has the scheme {parsed.Scheme}, which is not allowed";
    }

    /// <summary>The URI with parameters added to its query.</summary>
    public static string With(string uri, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var separator = uri.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        foreach (var (name, value) in parameters)
        {
            if (value is null) continue;
            uri = $"{uri}{separator}{name}={Uri.EscapeDataString(value)}";
            separator = '&';
        }
        return uri;
    }

    /// <summary>How a Content-Security-Policy names where a redirect goes: the origin, or the custom scheme.</summary>
    public static string PolicySource(string uri)
    {
        var parsed = new Uri(uri, UriKind.Absolute);
        return parsed.Scheme is "http" or "https" ? parsed.GetLeftPart(UriPartial.Authority) : parsed.Scheme + ":";
    }
}
