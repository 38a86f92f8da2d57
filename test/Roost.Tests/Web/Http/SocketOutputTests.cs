using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Roost.Web.Http;
using Xunit;

namespace Roost.Tests.Web.Http;

public sealed class SocketOutputTests : IAsyncLifetime
{
    /// <summary>More than sockets hold between them.</summary>
    private const int MuchBytes = 64 << 20;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly Pipe _behind = new();
    private Socket _socket = null!;
    private Socket _reader = null!;
    private SocketOutput _output = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _reader = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await _reader.ConnectAsync(listener.LocalEndPoint!, Ct);
        _socket = await listener.AcceptAsync(Ct);
        _output = new SocketOutput(_socket, new Transport(new Pipe().Reader, _behind.Writer));
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _reader.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_flush_hands_over_everything_at_once()
    {
        _output.Write("one, "u8);
        _output.Write("two"u8);
        Assert.Equal(8, _output.UnflushedBytes);

        var flush = _output.FlushAsync(Ct);

        Assert.True(flush.IsCompletedSuccessfully);
        Assert.False((await flush).IsCompleted);
        Assert.Equal(0, _output.UnflushedBytes);
        Assert.Equal("one, two"u8.ToArray(), await ReadAsync(8));
    }

    [Fact]
    public async Task What_is_written_in_pieces_of_any_size_comes_whole_and_in_order()
    {
        var random = new Random(1);
        var sent = new byte[300_000];
        random.NextBytes(sent);
        var reading = ReadAsync(sent.Length);

        for (var start = 0; start < sent.Length;)
        {
            var length = Math.Min(random.Next(1, 20_000), sent.Length - start);
            // As writers do that ask for more than they use.
            var room = _output.GetMemory(random.Next(0, 2 * length));
            var fits = Math.Min(length, room.Length);
            sent.AsSpan(start, fits).CopyTo(room.Span);
            _output.Advance(fits);
            start += fits;
            if (random.Next(3) == 0)
                await _output.FlushAsync(Ct);
        }
        await _output.FlushAsync(Ct);

        Assert.Equal(sent, await reading);
    }

    [Fact]
    public async Task A_flush_waits_for_a_reader_that_does_not_read()
    {
        var sent = Much();
        _output.Write(sent);

        var flush = _output.FlushAsync(Ct).AsTask();

        Assert.False(flush.IsCompleted);
        Assert.Equal(sent, await ReadAsync(sent.Length));
        Assert.False((await flush.WaitAsync(_patience, Ct)).IsCompleted);
        _output.Write("after"u8);
        await _output.FlushAsync(Ct);
        Assert.Equal("after"u8.ToArray(), await ReadAsync(5));
    }

    [Fact]
    public async Task A_flush_that_waits_can_be_cancelled_and_goes_on_with_the_next()
    {
        var sent = Much();
        _output.Write(sent);
        var flush = _output.FlushAsync(Ct).AsTask();

        _output.CancelPendingFlush();

        Assert.True((await flush.WaitAsync(_patience, Ct)).IsCanceled);
        var next = _output.FlushAsync(Ct).AsTask();
        Assert.Equal(sent, await ReadAsync(sent.Length));
        Assert.False((await next.WaitAsync(_patience, Ct)).IsCanceled);
    }

    [Fact]
    public async Task Who_has_gone_ends_the_flush_and_the_connection()
    {
        _output.Write(Much());
        var flush = _output.FlushAsync(Ct).AsTask();

        _reader.Close(timeout: 0);

        Assert.True((await flush.WaitAsync(_patience, Ct)).IsCompleted);
        Assert.True((await _behind.Reader.ReadAsync(Ct)).IsCompleted);
        _output.Write("to nobody"u8);
        Assert.True((await _output.FlushAsync(Ct)).IsCompleted);
        Assert.Equal(0, _output.UnflushedBytes);
    }

    [Fact]
    public async Task What_many_are_sent_goes_without_a_flush_and_takes_no_buffer()
    {
        var one = _output.TrySend("one, "u8);
        var two = _output.TrySend("two"u8);

        Assert.True(one);
        Assert.True(two);
        Assert.Equal(0, _output.UnflushedBytes);
        Assert.Equal("one, two"u8.ToArray(), await ReadAsync(8));
    }

    [Fact]
    public async Task What_many_are_sent_stays_behind_what_was_written_before()
    {
        _output.Write("one, "u8);

        Assert.False(_output.TrySend("two"u8));
        Assert.Equal(8, _output.UnflushedBytes);
        await _output.FlushAsync(Ct);
        Assert.Equal("one, two"u8.ToArray(), await ReadAsync(8));
    }

    [Fact]
    public async Task What_the_system_does_not_take_of_it_waits_for_the_flush()
    {
        var sent = Much();

        Assert.False(_output.TrySend(sent));
        Assert.InRange(_output.UnflushedBytes, 1, sent.Length - 1);
        var flush = _output.FlushAsync(Ct).AsTask();

        Assert.False(flush.IsCompleted);
        Assert.Equal(sent, await ReadAsync(sent.Length));
        Assert.False((await flush.WaitAsync(_patience, Ct)).IsCompleted);
        Assert.True(_output.TrySend("after"u8));
        Assert.Equal("after"u8.ToArray(), await ReadAsync(5));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_many_are_sent_is_no_more_for_a_connection_that_has_gone(bool closedHere)
    {
        if (closedHere)
        {
            _socket.Dispose();
        }
        else
        {
            _reader.Close(timeout: 0);
            // Once that has arrived, nothing can be sent.
            Assert.True(_socket.Poll(_patience, SelectMode.SelectRead));
        }

        Assert.False(_output.TrySend("late"u8));
        Assert.Equal(0, _output.UnflushedBytes);
        Assert.True((await _output.FlushAsync(Ct)).IsCompleted);
        Assert.True((await _behind.Reader.ReadAsync(Ct)).IsCompleted);
    }

    [Fact]
    public async Task A_socket_that_was_closed_here_ends_the_flush()
    {
        _socket.Dispose();
        _output.Write("late"u8);

        Assert.True((await _output.FlushAsync(Ct)).IsCompleted);
    }

    [Fact]
    public async Task The_end_is_told_to_the_web_server_with_what_was_not_flushed()
    {
        _output.Write("rest"u8);

        await _output.CompleteAsync();

        var left = await _behind.Reader.ReadAsync(Ct);
        Assert.True(left.IsCompleted);
        Assert.Equal("rest"u8.ToArray(), left.Buffer.ToArray());
    }

    private static byte[] Much()
    {
        var bytes = new byte[MuchBytes];
        new Random(2).NextBytes(bytes);
        return bytes;
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        for (var start = 0; start < count;)
        {
            var read = await _reader.ReceiveAsync(bytes.AsMemory(start), Ct);
            Assert.NotEqual(0, read);
            start += read;
        }
        return bytes;
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
