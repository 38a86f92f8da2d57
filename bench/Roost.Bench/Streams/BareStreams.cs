using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Roost.Bench.Streams;

/// <summary>The most that the web server could do: streams of server-sent events with constant bytes, on a server with
/// nothing else, written in one loop.</summary>
internal sealed class BareStreams : IAsyncDisposable
{
    public const string Path = "/bench/stream";

    private readonly List<PipeWriter> _writers = [];
    private readonly WebApplication _app;

    private BareStreams()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add("http://127.0.0.1:0");
        _app.MapGet(Path, new RequestDelegate(HoldAsync));
    }

    public Uri Url => new(_app.Urls.Single());

    public static async Task<BareStreams> StartAsync(CancellationToken ct)
    {
        var bare = new BareStreams();
        await bare._app.StartAsync(ct);
        return bare;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Writes the bytes to all so many times, with one flush each.</summary>
    public async Task<long> SendAsync(ReadOnlyMemory<byte> message, int times)
    {
        foreach (var writer in _writers)
        {
            for (var i = 0; i < times; i++)
                writer.Write(message.Span);
            var flushing = writer.FlushAsync();
            if (!flushing.IsCompletedSuccessfully)
                await flushing;
        }
        return (long)_writers.Count * times;
    }

    private async Task HoldAsync(HttpContext http)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var leaving = http.RequestAborted.UnsafeRegister(
            static gone => ((TaskCompletionSource)gone!).TrySetResult(), gone);
        http.Response.ContentType = "text/event-stream";
        await http.Response.StartAsync();
        await http.Response.BodyWriter.WriteAsync(":)\n"u8.ToArray());
        lock (_writers) _writers.Add(http.Response.BodyWriter);
        await gone.Task;
        lock (_writers) _writers.Remove(http.Response.BodyWriter);
    }
}
