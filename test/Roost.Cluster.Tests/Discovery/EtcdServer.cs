using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Roost.Rpc;
using Roost.Rpc.Discovery;
using Xunit;

namespace Roost.Cluster.Tests.Discovery;

/// <summary>A real etcd on free ports of this machine, its data in a directory that goes with it.</summary>
public sealed class EtcdServer : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("roost-etcd-").FullName;
    private readonly int _port = FreePort();
    private readonly int _peerPort = FreePort();
    private Process? _process;

    /// <summary>Null when it runs; else why not.</summary>
    public string? Missing { get; } = OnPath("etcd") ? null
        : "etcd is not installed (Debian: apt-get install etcd-server); its store is not tested.";

    public Uri Endpoint => new(ClientUrl);

    // Without the slash that a Uri's text ends with, which etcd refuses.
    private string ClientUrl => $"http://127.0.0.1:{_port}";

    public async ValueTask InitializeAsync()
    {
        if (Missing is null) await StartAsync();
    }

    public async Task StartAsync()
    {
        var peers = $"http://127.0.0.1:{_peerPort}";
        _process = Process.Start(new ProcessStartInfo("etcd",
        [
            "--data-dir", _directory, "--name", "one", "--listen-client-urls", ClientUrl,
            "--advertise-client-urls", ClientUrl, "--listen-peer-urls", peers,
            "--initial-advertise-peer-urls", peers, "--initial-cluster", $"one={peers}", "--log-level", "error",
        ])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var store = new EtcdClusterStore([Endpoint], TimeProvider.System);
        while (true)
        {
            Assert.False(_process.HasExited, "etcd ended by itself.");
            try
            {
                await store.ReadAsync("-", TestContext.Current.CancellationToken);
                return;
            }
            catch (ServiceException)
            {
                // Not up yet: each try waits for a connection.
            }
        }
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) await KillAsync();
        _process?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static bool OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(directory => File.Exists(Path.Combine(directory, program)));

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
