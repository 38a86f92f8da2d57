using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Roost.Web;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>
/// Roost.Web on a real Kestrel at a free port of 127.0.0.1, over a <see cref="FakeNetwork"/>, with a client to talk
/// to it.
/// </summary>
internal sealed class WebHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebHost(WebApplication app, FakeNetwork network, WebOptions options)
    {
        _app = app;
        Network = network;
        Options = options;
        // Redirects and cookies are what is tested: the client does neither by itself.
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new Uri(app.Urls.First()),
        };
    }

    public FakeNetwork Network { get; }
    public WebOptions Options { get; }
    public HttpClient Client { get; }

    public static async Task<WebHost> StartAsync(
        Func<WebOptions, WebOptions>? change = null, TimeProvider? time = null, Action<WebApplication>? extra = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var network = new FakeNetwork();
        var options = new WebOptions { PublicUrl = new Uri("http://roost.example:3000") };
        options = change?.Invoke(options) ?? options;
        WebApp.Map(app, network.Services, options, time);
        extra?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new WebHost(app, network, options);
    }

    public Task<Reply> GetAsync(string path, string? token = null, params (string, string)[] headers) =>
        SendAsync(HttpMethod.Get, path, token, null, headers);

    public Task<Reply> PostFormAsync(string path, string? token, params (string Name, string Value)[] form) =>
        SendAsync(HttpMethod.Post, path, token, FormOf(form));

    public Task<Reply> PostJsonAsync(string path, string? token, string json) =>
        SendAsync(HttpMethod.Post, path, token, new StringContent(json, Encoding.UTF8, "application/json"));

    public static FormUrlEncodedContent FormOf(params (string Name, string Value)[] form) =>
        new(form.Select(f => KeyValuePair.Create(f.Name, f.Value)));

    public async Task<Reply> SendAsync(
        HttpMethod method, string path, string? token, HttpContent? content, params (string, string)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var all = response.Headers.Concat(response.Content.Headers).ToDictionary(
            h => h.Key, h => h.Value.ToArray(), StringComparer.OrdinalIgnoreCase);
        return new Reply(response.StatusCode, body, all);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}

/// <summary>An answer, read to its end.</summary>
internal sealed record Reply(HttpStatusCode Status, string Body, IReadOnlyDictionary<string, string[]> Headers)
{
    public JsonElement Json
    {
        get
        {
            Assert.Equal("application/json; charset=utf-8", Header("Content-Type"));
            return JsonDocument.Parse(Body).RootElement;
        }
    }

    public string? Header(string name) => Headers.TryGetValue(name, out var values) ? values[0] : null;

    public void Is(HttpStatusCode status) =>
        Assert.True(Status == status, $"Expected {(int)status}, got {(int)Status}: {Body}");
}
