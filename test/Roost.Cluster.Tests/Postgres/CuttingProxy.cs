using System.Net;
using System.Net.Sockets;

namespace Roost.Cluster.Tests.Postgres;

/// <summary>The way to a server, which breaks when it is told to: at a word that a client says.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly string _server;
    private readonly Task _accepting;

    /// <param name="server">The address of the PostgreSQL that it leads to.</param>
    public CuttingProxy(string server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The word at which the connection breaks, once; null for none.</summary>
    public byte[]? CutAt { get; set; }

    /// <summary>Whether what has the word still arrives, and only the answer is lost.</summary>
    public bool LosesAnswerOnly { get; set; }

    /// <summary>Whether nobody gets through.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Whether to let nobody through from the cut on.</summary>
    public bool ClosesWithCut { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_ending.Token);
            if (IsClosed) client.Dispose();
            else _ = LeadAsync(client);
        }
    }

    private async Task LeadAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient();
        await far.ConnectAsync(_server, PostgresEngine.Port, _ending.Token);
        var (to, from) = (far.GetStream(), near.GetStream());
        var answers = CopyAsync(to, from);
        var buffer = new byte[64 << 10];
        try
        {
            while (await from.ReadAsync(buffer, _ending.Token) is > 0 and var read)
            {
                var said = buffer.AsMemory(0, read);
                if (CutAt is { } word && said.Span.IndexOf(word) >= 0)
                {
                    CutAt = null;
                    IsClosed = ClosesWithCut;
                    near.Close();
                    // The answer is read, and cannot be told on.
                    if (LosesAnswerOnly) await to.WriteAsync(said, _ending.Token);
                    if (LosesAnswerOnly) await answers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    return;
                }
                await to.WriteAsync(said, _ending.Token);
            }
        }
        catch (Exception cut) when (cut is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // One side has ended, and with this the other one does.
        }
        finally
        {
            far.Close();
            await answers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task CopyAsync(NetworkStream from, NetworkStream to) => await from.CopyToAsync(to);
}
