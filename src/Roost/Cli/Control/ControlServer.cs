using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Roost.Composition;

namespace Roost.Cli.Control;

/// <summary>
/// Runs commands of the command line in the process that has the data: who may use the directory may, by the socket in
/// it. Its file is for the directory's owner only, and nothing else guards it.
/// </summary>
internal sealed partial class ControlServer : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly Node _node;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];
    private readonly Task _accepting;

    private ControlServer(Socket socket, Node node, ILogger logger)
    {
        (_socket, _node, _logger) = (socket, node, logger);
        _accepting = AcceptAsync();
    }

    /// <returns>Null, and it is logged why, where there can be no such socket: commands then say that the directory is
    /// in use.</returns>
    public static ControlServer? Start(Node node, ILogger logger)
    {
        if (ControlSocket.In(node.DataDirectory) is not { } at)
        {
            NoSocket(logger, "its path is too long for a socket's");
            return null;
        }
        var socket = ControlSocket.Create();
        try
        {
            // The directory is ours alone, so this is what another process left.
            File.Delete(ControlSocket.PathIn(node.DataDirectory));
            socket.Bind(at);
            if (!OperatingSystem.IsWindows())
            {
                // Before anybody can connect.
                File.SetUnixFileMode(
                    ControlSocket.PathIn(node.DataDirectory), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
            socket.Listen();
            return new ControlServer(socket, node, logger);
        }
        catch (Exception failure) when (failure is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            NoSocket(logger, failure.Message);
            return null;
        }
    }

    /// <summary>Ends what runs, as Ctrl-C would.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        Task[] running;
        lock (_lock) running = [.. _running];
        await Task.WhenAll(running);
        _socket.Dispose();
        File.Delete(ControlSocket.PathIn(_node.DataDirectory));
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await _socket.AcceptAsync(_stop.Token);
                var running = ServeAsync(socket);
                lock (_lock) _running.Add(running);
                _ = running.ContinueWith(Ended, TaskScheduler.Default);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException failure)
            {
                // Out of descriptors, say: the next may get in.
                Failed(_logger, failure);
            }
        }

        void Ended(Task one)
        {
            lock (_lock) _running.Remove(one);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        // Not on the thread that accepts.
        await Task.Yield();
        try
        {
            await using var connection = new ControlConnection(socket, _stop.Token);
            await connection.RunAsync(_node);
        }
        catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException)
        {
            // Whoever asked is gone, or we are going: the command was cancelled by it.
        }
        catch (Exception failure)
        {
            Failed(_logger, failure);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Commands cannot reach this server by its data directory: {Reason}. Stop it to use them.")]
    private static partial void NoSocket(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A command could not be run. This is a bug.")]
    private static partial void Failed(ILogger logger, Exception failure);
}
