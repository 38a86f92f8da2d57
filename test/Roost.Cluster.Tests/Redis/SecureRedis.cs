using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace Roost.Cluster.Tests.Redis;

/// <summary>One real Redis that speaks TLS only, by a certificate of an authority of its own, and lets one user in by a
/// password.</summary>
public sealed class SecureRedis : IAsyncLifetime
{
    private const int Port = 6379;

    private readonly string _directory = Directory.CreateTempSubdirectory("roost-redis-").FullName;
    private readonly string _address = ClusterPlan.FreeAddress();
    private Child? _running;

    /// <summary>Null when it runs; else why not.</summary>
    public string? Missing { get; } = SharedRedis.WhyMissing;

    /// <summary>Without who asks: <c>HOST:PORT</c>.</summary>
    public string Place => $"{_address}:{Port}";

    /// <summary>Of who has vouched for it.</summary>
    public string AuthorityFile => Path.Combine(_directory, "ca.pem");

    public async ValueTask InitializeAsync()
    {
        if (Missing is not null) return;
        var (certificate, key) = (Path.Combine(_directory, "server.pem"), Path.Combine(_directory, "server.key"));
        WriteCertificates(certificate, key);
        _running = Child.Start(
            Programs.Redis!,
            [
                "--bind", _address, "--port", "0", "--tls-port", $"{Port}", "--tls-cert-file", certificate,
                "--tls-key-file", key, "--tls-ca-cert-file", AuthorityFile, "--tls-auth-clients", "no", "--dir",
                _directory, "--save", "", "--user", "default", "off", "--user", "roost", "on", ">p@ss", "~*", "&*",
                "+@all",
            ],
            Path.Combine(_directory, "log"));
        await _running.UntilAsync(ListensAsync, TestContext.Current.CancellationToken);
    }

    private async Task<bool> ListensAsync(CancellationToken ct)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(_address, Port, ct);
            return true;
        }
        catch (SocketException)
        {
            // Not up yet.
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_running is not null) await _running.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private void WriteCertificates(string certificate, string key)
    {
        var (from, to) = (TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=authority", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = authority.CreateSelfSigned(from, to);
        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=redis", serverKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(_address));
        server.CertificateExtensions.Add(names.Build());
        using var signed = server.Create(root, from, to, [1]);
        File.WriteAllText(AuthorityFile, root.ExportCertificatePem());
        File.WriteAllText(certificate, signed.ExportCertificatePem());
        File.WriteAllText(key, serverKey.ExportPkcs8PrivateKeyPem());
    }
}
