using System.Net.Sockets;
using Roost.Rpc;

namespace Roost.Cli.Control;

/// <summary>Has the server that uses a data directory run a command.</summary>
internal sealed class ControlClient : IDisposable
{
    private readonly NetworkStream _stream;
    private readonly StreamReader _lines;

    private ControlClient(Socket socket)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _lines = new StreamReader(_stream);
    }

    /// <returns>Null when no server takes commands there.</returns>
    public static async Task<ControlClient?> TryConnectAsync(string directory, CancellationToken ct)
    {
        if (ControlSocket.In(directory) is not { } at || !File.Exists(ControlSocket.PathIn(directory)))
            return null;
        var socket = ControlSocket.Create();
        try
        {
            await socket.ConnectAsync(at, ct);
            return new ControlClient(socket);
        }
        catch (SocketException)
        {
            // One that was killed leaves the file behind. Who opens the directory hears what else stands in the way.
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <returns>The command's exit code.</returns>
    /// <exception cref="IOException">The server ended before the command did.</exception>
    public async Task<int> RunAsync(
        IReadOnlyList<string> args, ICommandTalk talk, TextWriter output, TextWriter error, CancellationToken ct)
    {
        try
        {
            await SendAsync(new ControlMessage { Args = args }, ct);
            while (await _lines.ReadLineAsync(ct) is { } line)
            {
                var message = ControlMessage.Parse(line);
                if (message.Out is { } text) await output.WriteAsync(text);
                if (message.Err is { } told) await error.WriteAsync(told);
                if (message.Ask is { } question) await SendAsync(await AnswerAsync(talk, question, ct), ct);
                if (message.Read is { } path) await SendAsync(await ReadAsync(talk, path, ct), ct);
                if (message.Make is { } file && await MakeAsync(talk, file, ct) is { } made)
                    await SendAsync(made, ct);
                if (message.Exit is { } code) return code;
            }
        }
        catch (IOException failure) when (failure.InnerException is SocketException)
        {
            throw new IOException(ServerEnded, failure);
        }
        throw new IOException(ServerEnded);
    }

    private static string ServerEnded => "The server ended before it had done this; look whether it was done.";

    public void Dispose() => _lines.Dispose();

    private static async Task<ControlMessage> AnswerAsync(ICommandTalk talk, string question, CancellationToken ct)
    {
        try
        {
            return new ControlMessage { Answer = await talk.AskPasswordAsync(question, ct) };
        }
        catch (ServiceException refusal)
        {
            return new ControlMessage { Failed = refusal.Message };
        }
    }

    private static async Task<ControlMessage> ReadAsync(ICommandTalk talk, string path, CancellationToken ct)
    {
        try
        {
            return new ControlMessage { Content = await talk.ReadFileAsync(path, ct) };
        }
        catch (IOException failure)
        {
            return new ControlMessage { Failed = failure.Message };
        }
    }

    /// <summary>Makes a file of the pieces that come.</summary>
    /// <returns>That it is whole, or why it is not; null when the server has abandoned it, and says why
    /// next.</returns>
    private async Task<ControlMessage?> MakeAsync(ICommandTalk talk, string path, CancellationToken ct)
    {
        try
        {
            await talk.WriteFileAsync(path, file => TakeAsync(file, ct), ct);
            return new ControlMessage { Ready = true };
        }
        catch (AbandonedException)
        {
            return null;
        }
        catch (IOException failure)
        {
            return new ControlMessage { Failed = failure.Message };
        }
    }

    private async Task TakeAsync(Stream file, CancellationToken ct)
    {
        await SendAsync(new ControlMessage { Ready = true }, ct);
        while (await _lines.ReadLineAsync(ct) is { } line)
        {
            var message = ControlMessage.Parse(line);
            if (message.Whole is true) return;
            if (message.Abandon is true) throw new AbandonedException();
            if (message.Piece is { } piece) await file.WriteAsync(piece, ct);
        }
        throw new IOException(ServerEnded);
    }

    private ValueTask SendAsync(ControlMessage message, CancellationToken ct) =>
        _stream.WriteAsync(message.ToLine(), ct);

    private sealed class AbandonedException() : IOException("The server has abandoned the file.");
}
