using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Roost.Rpc;

namespace Roost.Services.Timelines.Redis;

/// <summary>
/// One connection to one server: commands go out in the order in which they were given, and their replies come in that
/// order. Who asks does not wait for others' replies. Once broken it stays so. Thread-safe.
/// </summary>
/// <remarks>
/// As long as a line lives the server at its other end is the same process, with all that it was told over this line in
/// its memory: this is what <see cref="RedisWriter"/> builds on. What was sent and not answered when a line broke may
/// have been done, and may even be done later; see there.
/// </remarks>
internal sealed class RedisLine : IAsyncDisposable
{
    private const int BufferBytes = 64 << 10;

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Queue<RedisAnswers> _awaited = new();
    private readonly Task _receiving;

    // Under the lock, like the queue.
    private RespWriter _filling = new(BufferBytes);
    private RespWriter _sending = new(BufferBytes);
    private bool _isSending;
    private ServiceException? _broken;

    // When somebody had waited in vain first, as a timestamp, and nothing was heard since; else 0.
    private long _silentSince;

    private RedisLine(Socket socket, Stream stream, EndPoint server, TimeProvider time)
    {
        (_socket, _stream, Server, _time) = (socket, stream, server, time);
        _receiving = ReceiveAsync();
    }

    public EndPoint Server { get; }

    public bool IsBroken => Volatile.Read(ref _broken) is not null;

    /// <summary>Whether somebody has waited in vain, and nothing was heard since.</summary>
    public bool IsSilent => Volatile.Read(ref _silentSince) != 0;

    /// <summary>For how long it has been silent.</summary>
    public TimeSpan Silence =>
        Volatile.Read(ref _silentSince) is var since and not 0 ? _time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Connects, and says who we are where that is asked for.</summary>
    /// <param name="name">What it is called in the server's list of connections.</param>
    /// <exception cref="ServiceException">Nobody is there in time, or it does not let us in.</exception>
    public static async Task<RedisLine> ConnectAsync(
        EndPoint server, RedisServers servers, string name, TimeSpan patience, TimeProvider time,
        CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var late = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        Stream stream;
        try
        {
            await socket.ConnectAsync(server, either.Token);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (servers.Tls is { } tls) stream = await tls.SecureAsync(stream, server, either.Token);
        }
        catch (Exception failure) when (failure is SocketException or IOException or AuthenticationException
            || (failure is OperationCanceledException && !ct.IsCancellationRequested))
        {
            socket.Dispose();
            throw Away(server, failure);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        var line = new RedisLine(socket, stream, server, time);
        try
        {
            if (servers.Password is { } password)
                await line.SayAsync(servers.User is { } user ? ["AUTH", user, password] : ["AUTH", password], patience);
            await line.SayAsync(["CLIENT", "SETNAME", name], patience);
            return line;
        }
        catch
        {
            await line.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends commands; the reply is that to the last of them.</summary>
    /// <exception cref="ServiceException">The line broke, or was silent for too long: nobody knows whether they were
    /// done. One of the replies is an error.</exception>
    public async ValueTask<RespValue> AskAsync(RespWriter commands, TimeSpan patience)
    {
        var answers = await TryAskAsync(commands, patience);
        return answers.Error.IsError ? throw Refused(answers.Error) : answers.Last;
    }

    /// <summary>As <see cref="AskAsync"/>, but errors among the replies are for the caller.</summary>
    /// <exception cref="ServiceException">The line broke, or was silent for too long.</exception>
    public async ValueTask<RedisAnswers> TryAskAsync(RespWriter commands, TimeSpan patience)
    {
        var answers = new RedisAnswers(commands.Commands);
        Send(commands, answers);
        await WaitAsync(answers, patience);
        return answers;
    }

    /// <summary>Sends commands; the caller waits with <see cref="WaitAsync"/>.</summary>
    public void Send(RespWriter commands, RedisAnswers answers)
    {
        lock (_lock)
        {
            if (_broken is { } broken)
            {
                answers.Break(broken);
                return;
            }
            _filling.Raw(commands.Written, commands.Commands);
            _awaited.Enqueue(answers);
            if (_isSending)
                return;
            _isSending = true;
        }
        _ = SendAsync();
    }

    /// <summary>Waits for the answers to what was sent.</summary>
    /// <exception cref="ServiceException">The line broke, or was silent for too long.</exception>
    public async ValueTask WaitAsync(RedisAnswers answers, TimeSpan patience)
    {
        if (!answers.Done.IsCompleted)
        {
            try
            {
                await answers.Done.WaitAsync(patience, _time);
            }
            catch (TimeoutException late)
            {
                Interlocked.CompareExchange(ref _silentSince, Math.Max(1, _time.GetTimestamp()), 0);
                throw Away(Server, late);
            }
        }
        await answers.Done;
    }

    public ServiceException Refused(RespValue error) => new(
        ErrorCode.Unavailable, "Inboxes cannot be had at the moment.",
        detail: $"Redis at {Server} answered: {error.Text}");

    /// <summary>Ends it: what was not answered is not known to be done.</summary>
    public async ValueTask DisposeAsync()
    {
        Break(Away(Server, null));
        await _receiving;
    }

    private static ServiceException Away(EndPoint server, Exception? failure) => new(
        ErrorCode.Unavailable, "Inboxes cannot be had at the moment.",
        detail: $"Redis at {server} does not answer" + (failure is null ? "." : $": {failure.Message}"), failure);

    private async Task SayAsync(string[] words, TimeSpan patience) =>
        await AskAsync(new RespWriter().Command(words[0], words.AsSpan(1)), patience);

    private async Task SendAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            while (true)
            {
                lock (_lock)
                {
                    if (_filling.Length == 0 || _broken is not null)
                    {
                        _isSending = false;
                        return;
                    }
                    _sending.Clear();
                    (_filling, _sending) = (_sending, _filling);
                }
                await _stream.WriteAsync(_sending.Memory);
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            Break(Away(Server, failure));
        }
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[BufferBytes];
        var length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                    Array.Resize(ref buffer, 2 * length);
                var read = await _stream.ReadAsync(buffer.AsMemory(length));
                if (read == 0)
                {
                    Break(Away(Server, null));
                    return;
                }
                Volatile.Write(ref _silentSince, 0);
                length += read;
                var taken = Take(buffer.AsSpan(0, length));
                buffer.AsSpan(taken, length - taken).CopyTo(buffer);
                length -= taken;
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or InvalidDataException)
        {
            Break(Away(Server, failure));
        }
        finally
        {
            await _stream.DisposeAsync();
        }
    }

    /// <summary>Hands replies to those who wait for them; the reply is how many bytes these took.</summary>
    private int Take(ReadOnlySpan<byte> arrived)
    {
        var reader = new RespReader(arrived);
        while (reader.At < arrived.Length)
        {
            RedisAnswers? next;
            lock (_lock)
                _awaited.TryPeek(out next);
            if (next is null)
                throw new InvalidDataException("It answers what it was not asked.");
            if (!next.Take(ref reader))
                break;
            lock (_lock)
                _awaited.TryDequeue(out _);
            next.End();
        }
        return reader.At;
    }

    private void Break(ServiceException why)
    {
        RedisAnswers[] left;
        lock (_lock)
        {
            if (_broken is not null)
                return;
            Volatile.Write(ref _broken, why);
            left = [.. _awaited];
            _awaited.Clear();
        }
        _socket.Dispose();
        foreach (var answers in left)
            answers.Break(why);
    }
}
