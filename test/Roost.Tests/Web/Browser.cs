using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>
/// What a browser without JavaScript does: keeps cookies, and sends a form back with its hidden fields.
/// </summary>
internal sealed partial class Browser(WebHost host)
{
    private readonly Dictionary<string, string> _cookies = [];

    public Task<Reply> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    /// <summary>Sends the page's first form with that action, its hidden fields included.</summary>
    public Task<Reply> SubmitAsync(Reply page, string action, params (string Name, string Value)[] typed)
    {
        var form = FormIn(page.Body, action);
        var hidden = Hidden().Matches(form).Select(m => (m.Groups[1].Value, WebUtility.HtmlDecode(m.Groups[2].Value)));
        return SendAsync(HttpMethod.Post, action, WebHost.FormOf([.. hidden, .. typed]));
    }

    public Task<Reply> PostAsync(string path, (string, string)[] form, params (string, string)[] headers) =>
        SendAsync(HttpMethod.Post, path, WebHost.FormOf(form), headers);

    public async Task SignInAsync(string login, string password)
    {
        var reply = await SubmitAsync(await GetAsync("/"), "/sign-in", ("login", login), ("password", password));
        reply.Is(HttpStatusCode.SeeOther);
    }

    /// <summary>The page's first form with that action, whatever place on the page its answer is shown at, or the one
    /// that a button with that action sends.</summary>
    public static string FormIn(string page, string action) =>
        page.Contains($" form=\"act\" formaction=\"{action}\"", StringComparison.Ordinal)
            ? Between(page, "<form id=\"act\"", "</form>")
            : Between(page, $"action=\"{action}{(page.Contains($"action=\"{action}\"", StringComparison.Ordinal) ? '"' : '#')}", "</form>");

    public static string Between(string text, string start, string end)
    {
        var from = text.IndexOf(start, StringComparison.Ordinal);
        Assert.True(from >= 0, $"'{start}' is not in: {text}");
        from += start.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }

    private async Task<Reply> SendAsync(HttpMethod method, string path, HttpContent? content,
        params (string, string)[] headers)
    {
        var cookies = string.Join("; ", _cookies.Select(c => $"{c.Key}={c.Value}"));
        var reply =
            await host.SendAsync(method, path, null, content,
                cookies.Length == 0 ? headers : [.. headers, ("Cookie", cookies)]);
        foreach (var cookie in reply.Headers.GetValueOrDefault("Set-Cookie") ?? [])
        {
            var pair = cookie.Split(';')[0].Split('=', 2);
            // For the page's script, which forgets the draft that it names.
            Assert.Equal(
                pair[0] != "roost_posted", cookie.Contains("httponly", StringComparison.OrdinalIgnoreCase));
            Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
            if (pair[1].Length == 0) _cookies.Remove(pair[0]);
            else _cookies[pair[0]] = pair[1];
        }
        return reply;
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\"")]
    private static partial Regex Hidden();
}
