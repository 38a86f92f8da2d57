using System.Net;
using System.Text.RegularExpressions;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Somebody with a browser without JavaScript, on the pages of a whole server.</summary>
internal sealed partial class PageVisitor : IDisposable
{
    private readonly HttpClient _http;

    /// <summary>A stranger.</summary>
    public PageVisitor(PopulatedServer server) =>
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = server.Url };

    public void Dispose() => _http.Dispose();

    /// <summary>Signs one of the server's people in.</summary>
    public static async Task<PageVisitor> SignInAsync(PopulatedServer server, string name)
    {
        var visitor = new PageVisitor(server);
        var page = await visitor.GetAsync("/sign-in");
        var reply = await visitor.SubmitAsync(page, "/sign-in", ("login", name), ("password", $"the password of {name}"));
        reply.Is(HttpStatusCode.SeeOther);
        return visitor;
    }

    public Task<Reply> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return SendAsync(request);
    }

    /// <summary>The page at that path, which must be there.</summary>
    public async Task<string> ReadAsync(string path)
    {
        var reply = await GetAsync(path);
        reply.Is(HttpStatusCode.OK);
        return reply.Body;
    }

    /// <summary>Sends the page's first form with that action as a browser would: its hidden fields, what it has chosen
    /// already, and what is typed.</summary>
    public Task<Reply> SubmitAsync(Reply page, string action, params (string Name, string Value)[] typed) =>
        SubmitAsync(page, action, typed, []);

    /// <param name="pictures">The fields that pictures are put in.</param>
    public Task<Reply> SubmitAsync(
        Reply page, string action, (string Name, string Value)[] typed, (string Field, byte[] Content)[] pictures)
    {
        var form = Browser.FormIn(page.Body, action);
        var content = new MultipartFormDataContent();
        foreach (Match hidden in Hidden().Matches(form))
            content.Add(new StringContent(WebUtility.HtmlDecode(hidden.Groups[2].Value)), hidden.Groups[1].Value);
        foreach (var (name, value) in typed) content.Add(new StringContent(value), name);
        foreach (var (field, bytes) in pictures) content.Add(new ByteArrayContent(bytes), field, field + ".png");
        return SendAsync(new HttpRequestMessage(HttpMethod.Post, action) { Content = content });
    }

    /// <summary>Opens a page, sends its form, and goes where that leads.</summary>
    public async Task<Reply> DoAsync(string path, string action, params (string Name, string Value)[] typed)
    {
        var reply = await SubmitAsync(await GetAsync(path), action, typed);
        reply.Is(HttpStatusCode.SeeOther);
        return await GetAsync(reply.Header("Location")!);
    }

    private async Task<Reply> SendAsync(HttpRequestMessage request)
    {
        var ct = TestContext.Current.CancellationToken;
        using (request)
        {
            using var response = await _http.SendAsync(request, ct);
            var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(
                header => header.Key, header => header.Value.ToArray(), StringComparer.OrdinalIgnoreCase);
            return new Reply(response.StatusCode, await response.Content.ReadAsStringAsync(ct), headers);
        }
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\"")]
    private static partial Regex Hidden();
}
