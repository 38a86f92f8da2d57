using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Roost.Rpc;

namespace Roost.Operations.Gateway;

/// <summary>
/// Writes a line of JSON about each request: never its query, cookies or headers, in which secrets are. Requests do not
/// wait for the disk: lines that it is too slow for are lost, and counted.
/// </summary>
public sealed partial class AccessLog : IAsyncDisposable
{
    private const int LinesMax = 8_192;
    private const int PathMax = 512;
    private const int BufferBytes = 1 << 16;

    private readonly Channel<Line> _lines = Channel.CreateBounded<Line>(
        new BoundedChannelOptions(LinesMax) { SingleReader = true });
    private readonly Stream _file;
    private readonly GatewayTools _tools;
    private readonly ILogger _log;
    private readonly Task _writing;

    private AccessLog(Stream file, GatewayTools tools)
    {
        (_file, _tools, _log) = (file, tools, tools.Loggers.CreateLogger<AccessLog>());
        _writing = WriteAllAsync();
    }

    /// <param name="path">A file that is appended to.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Unavailable"/>: it cannot be opened.</exception>
    public static AccessLog Open(string path, GatewayTools tools)
    {
        try
        {
            return new(
                new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, BufferBytes), tools);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ServiceException(
                ErrorCode.Unavailable, $"The access log '{path}' cannot be opened: {failure.Message}", inner: failure);
        }
    }

    /// <summary>Writes what is noted, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing;
        await _file.DisposeAsync();
    }

    internal void Note(Exchange exchange, string client)
    {
        var http = exchange.Http;
        var path = http.Request.Path.Value ?? "";
        var line = new Line(
            _tools.Time.GetUtcNow(), exchange.Id, client, http.Request.Method,
            path.Length <= PathMax ? path : path[..PathMax], http.Response.StatusCode,
            http.Response.ContentLength ?? -1, _tools.Time.GetElapsedTime(exchange.Arrived), exchange.ToHead,
            exchange.Waited, exchange.Asked.Application.Name, exchange.Asked.Priority,
            exchange.Instance?.Target.Prefix, exchange.Outcome);
        if (!_lines.Writer.TryWrite(line)) _tools.Gateway.LogLineLost();
    }

    private async Task WriteAllAsync()
    {
        var isFailing = false;
        var buffer = new MemoryStream(BufferBytes);
        using var json = new Utf8JsonWriter(buffer);
        while (await _lines.Reader.WaitToReadAsync())
        {
            buffer.SetLength(0);
            var lines = 0;
            while (buffer.Length < BufferBytes && _lines.Reader.TryRead(out var line))
            {
                line.WriteTo(json);
                json.Flush();
                json.Reset();
                buffer.WriteByte((byte)'\n');
                lines++;
            }
            try
            {
                await _file.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length));
                await _file.FlushAsync();
                isFailing = false;
            }
            catch (IOException failure)
            {
                if (!isFailing) LogNotWritten(_log, failure);
                isFailing = true;
                while (lines-- > 0) _tools.Gateway.LogLineLost();
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The access log cannot be written; lines are lost until it can be, and counted in "
            + "roost.gateway.log_lines_lost.")]
    private static partial void LogNotWritten(ILogger log, Exception failure);

    private readonly record struct Line(
        DateTimeOffset At, string Id, string Client, string Method, string Path, int Status, long Bytes,
        TimeSpan Total, TimeSpan ToHead, TimeSpan Waited, string Application, Priority Priority, string? Instance,
        GatewayOutcome Outcome)
    {
        public void WriteTo(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("at"u8, At);
            json.WriteString("id"u8, Id);
            json.WriteString("client"u8, Client);
            json.WriteString("method"u8, Method);
            json.WriteString("path"u8, Path);
            json.WriteNumber("status"u8, Status);
            if (Bytes >= 0) json.WriteNumber("bytes"u8, Bytes);
            json.WriteNumber("ms"u8, Math.Round(Total.TotalMilliseconds, 3));
            json.WriteNumber("head_ms"u8, Math.Round(ToHead.TotalMilliseconds, 3));
            json.WriteNumber("wait_ms"u8, Math.Round(Waited.TotalMilliseconds, 3));
            json.WriteString("application"u8, Application);
            json.WriteString("priority"u8, Priority switch
            {
                Priority.Home => "home",
                Priority.SignedIn => "signed_in",
                Priority.Search => "search",
                Priority.Stranger => "stranger",
                _ => "crawler",
            });
            if (Instance is not null) json.WriteString("instance"u8, Instance);
            json.WriteString("outcome"u8, Outcome.Name());
            json.WriteEndObject();
        }
    }
}
