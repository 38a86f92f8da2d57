using System.Net.Sockets;
using System.Threading.Channels;
using Roost.Composition;
using Roost.Rpc;

namespace Roost.Cli.Control;

/// <summary>A command that somebody typed elsewhere. It is cancelled when they go.</summary>
internal sealed class ControlConnection : ICommandTalk, IAsyncDisposable
{
    private readonly NetworkStream _stream;
    private readonly CancellationTokenSource _gone;
    private readonly Channel<ControlMessage> _received = Channel.CreateUnbounded<ControlMessage>();
    private readonly Lock _sending = new();
    private readonly Task _reading;

    public ControlConnection(Socket socket, CancellationToken stopping)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _gone = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        _reading = ReadAsync();
    }

    /// <exception cref="IOException">They are gone.</exception>
    public async Task RunAsync(Node node)
    {
        var first = await NextAsync(_gone.Token);
        await using var output = new ControlWriter(text => Send(new ControlMessage { Out = text }));
        await using var error = new ControlWriter(text => Send(new ControlMessage { Err = text }));
        var code = await OperatorCommands.Root().Parse([.. first.Args ?? []]).InvokeAsync(
            new ServedInvocation(new CommandSession(CommandData.Of(node), this, output))
            {
                Output = output,
                Error = error,
                // Signals are the server's.
                ProcessTerminationTimeout = null,
            }, _gone.Token);
        await output.FlushAsync();
        await error.FlushAsync();
        Send(new ControlMessage { Exit = code });
    }

    public async Task<string> AskPasswordAsync(string question, CancellationToken ct)
    {
        Send(new ControlMessage { Ask = question });
        var reply = await NextAsync(ct);
        return reply.Answer ?? throw new ServiceException(ErrorCode.Invalid, reply.Failed ?? "There was no answer.");
    }

    public async Task<byte[]> ReadFileAsync(string path, CancellationToken ct)
    {
        Send(new ControlMessage { Read = path });
        var reply = await NextAsync(ct);
        return reply.Content ?? throw new IOException(reply.Failed ?? $"{path} was not sent.");
    }

    public async Task WriteFileAsync(string path, Func<Stream, Task> write, CancellationToken ct)
    {
        Send(new ControlMessage { Make = path });
        await ReadyAsync(path, ct);
        try
        {
            await using var file = new ControlFile(Send);
            await write(file);
        }
        catch
        {
            Send(new ControlMessage { Abandon = true });
            throw;
        }
        Send(new ControlMessage { Whole = true });
        await ReadyAsync(path, ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        await _reading;
        await _stream.DisposeAsync();
        _gone.Dispose();
    }

    private async ValueTask ReadyAsync(string path, CancellationToken ct)
    {
        var reply = await NextAsync(ct);
        if (reply.Ready is not true) throw new IOException(reply.Failed ?? $"{path} was not written.");
    }

    private async ValueTask<ControlMessage> NextAsync(CancellationToken ct)
    {
        try
        {
            return await _received.Reader.ReadAsync(ct);
        }
        catch (ChannelClosedException gone)
        {
            throw new IOException("Whoever gave the command is gone.", gone);
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            using var lines = new StreamReader(_stream, leaveOpen: true);
            while (await lines.ReadLineAsync(_gone.Token) is { } line)
                await _received.Writer.WriteAsync(ControlMessage.Parse(line), _gone.Token);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            // They are gone, in whichever way.
        }
        _received.Writer.TryComplete();
        await _gone.CancelAsync();
    }

    private void Send(ControlMessage message)
    {
        var line = message.ToLine();
        lock (_sending) _stream.Write(line);
    }
}
