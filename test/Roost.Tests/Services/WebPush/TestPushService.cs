using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Roost.Tests.Services.WebPush;

/// <summary>A message as the push service got it.</summary>
internal sealed record ReceivedPush(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name.ToLowerInvariant());
}

/// <summary>A push service on this machine: it keeps what it is sent, and answers as it is told.</summary>
internal sealed class TestPushService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<ReceivedPush> _received = Channel.CreateUnbounded<ReceivedPush>();

    private TestPushService(WebApplication app) => _app = app;

    /// <summary>How it answers: 201, unless told.</summary>
    public Func<ReceivedPush, HttpContext, Task> Answer { get; set; } = (_, http) =>
    {
        http.Response.StatusCode = StatusCodes.Status201Created;
        return Task.CompletedTask;
    };

    /// <summary>Messages that were sent and not taken yet.</summary>
    public int Waiting => _received.Reader.Count;

    public string Origin => _app.Urls.First();

    public static async Task<TestPushService> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var service = new TestPushService(app);
        app.Run(service.TakeAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return service;
    }

    public string EndpointOf(string name) => $"{Origin}/{name}";

    public void AnswersWith(int status) => Answer = (_, http) =>
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    /// <summary>The next message, which must come.</summary>
    public Task<ReceivedPush> NextAsync() => _received.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask()
        .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var push = new ReceivedPush(
            http.Request.Path.Value!.TrimStart('/'),
            http.Request.Headers.ToDictionary(one => one.Key.ToLowerInvariant(), one => one.Value.ToString()),
            body.ToArray());
        await _received.Writer.WriteAsync(push);
        await Answer(push, http);
    }
}
