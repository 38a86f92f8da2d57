using System.Text;
using Microsoft.AspNetCore.Http;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.OAuth;

/// <summary>Which app speaks at the token endpoint, and whether it has proved it with its secret.</summary>
internal readonly record struct ClientIdentity(App? App, bool HasSecret)
{
    /// <summary>
    /// By HTTP Basic or by parameters (RFC 6749 §2.3.1). No app when it is unknown or its secret is wrong.
    /// </summary>
    public static async ValueTask<ClientIdentity> FindAsync(ApiCall call, Parameters parameters)
    {
        var (id, secret) = BasicOf(call.Http.Request)
            ?? (parameters.Text("client_id"), parameters.Text("client_secret"));
        if (string.IsNullOrEmpty(id)) return default;
        if (secret is { Length: 0 }) secret = null;
        var app = await call.Services.Users.FindApp(new FindApp(id, secret), call.Rpc);
        return new ClientIdentity(app, app is not null && secret is not null);
    }

    private static (string? Id, string? Secret)? BasicOf(HttpRequest request)
    {
        const string Scheme = "Basic ";
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;

        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[Scheme.Length..].Trim(), bytes, out var length)) return ("", null);
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? ("", null) : (Decoded(text[..colon]), Decoded(text[(colon + 1)..]));
    }

    // RFC 6749 §2.3.1: both halves are form-encoded before they are put together.
    private static string Decoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
