using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Roost.Bench.Gateway;

/// <summary>Another proxy, in a process of its own with a directory of its own; both go with this.</summary>
internal sealed class ProxyPeer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _directory;

    private ProxyPeer(Process process, string directory, int port)
    {
        (_process, _directory) = (process, directory);
        Url = new Uri($"http://127.0.0.1:{port}");
    }

    public Uri Url { get; }

    /// <summary>Null where it is not installed. As many workers as cores, connections to the server kept.</summary>
    public static Task<ProxyPeer?> NginxAsync(Uri target, CancellationToken ct) => StartAsync(
        "nginx", (directory, port) => $$"""
            worker_processes auto;
            daemon off;
            pid {{directory}}/pid;
            error_log {{directory}}/error.log;
            events { worker_connections 1024; }
            http {
              access_log off;
              client_body_temp_path {{directory}}/body; proxy_temp_path {{directory}}/proxy;
              fastcgi_temp_path {{directory}}/f; uwsgi_temp_path {{directory}}/u; scgi_temp_path {{directory}}/s;
              upstream web { server {{target.Authority}}; keepalive 64; keepalive_requests 1000000000; }
              keepalive_requests 1000000000;
              server {
                listen 127.0.0.1:{{port}};
                location / {
                  proxy_pass http://web;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_set_header Host $host;
                  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                }
              }
            }
            """,
        (config, directory) => ["-c", config, "-p", directory, "-e", $"{directory}/error.log"], ct);

    /// <inheritdoc cref="NginxAsync"/>
    public static Task<ProxyPeer?> HaproxyAsync(Uri target, CancellationToken ct) => StartAsync(
        "haproxy", (_, port) => $"""
            defaults
              mode http
              timeout connect 2s
              timeout client 30s
              timeout server 30s
              option forwardfor
              http-reuse always
            frontend all
              bind 127.0.0.1:{port}
              default_backend web
            backend web
              server one {target.Authority}

            """,
        (config, _) => ["-f", config, "-db"], ct);

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task<ProxyPeer?> StartAsync(
        string program, Func<string, int, string> config, Func<string, string, string[]> arguments,
        CancellationToken ct)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
            .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);
        if (path is null) return null;
        var directory = Directory.CreateTempSubdirectory($"roost-bench-{program}-").FullName;
        var port = FreePort();
        var file = Path.Combine(directory, "config");
        await File.WriteAllTextAsync(file, config(directory, port), ct);
        var process = Process.Start(new ProcessStartInfo(path, arguments(file, directory))
        {
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(ct);
        var peer = new ProxyPeer(process, directory, port);
        while (!await AnswersAsync(port, ct))
        {
            if (process.HasExited) throw new InvalidOperationException($"{program} ended: {await errors}");
        }
        return peer;
    }

    private static async Task<bool> AnswersAsync(int port, CancellationToken ct)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, ct);
            return true;
        }
        catch (SocketException)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, ct);
            return false;
        }
    }

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
}
