using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Roost.Rpc;
using Xunit;

namespace Roost.Tests.Operations.Gateway;

/// <summary>A gateway at which TLS ends.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("roost-tls-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private (string Chain, string Key) Files =>
        (Path.Combine(_directory, "fullchain.pem"), Path.Combine(_directory, "privkey.pem"));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Requests_come_in_by_https_in_both_versions_and_applications_are_told()
    {
        Write("one");
        await using var web = await Upstream.StartAsync(http =>
            http.Response.WriteAsync(http.Request.Headers["X-Forwarded-Proto"].ToString(), Ct));
        await using var gateway = await StartAsync(web);
        Assert.Equal("https", gateway.Server.Url.Scheme);
        using var http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = IsOurs },
        });
        foreach (var version in (Version[])[HttpVersion.Version11, HttpVersion.Version20])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Server.Url, "/"))
            {
                Version = version,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var reply = await http.SendAsync(request, Ct);
            Assert.Equal((HttpStatusCode.OK, version), (reply.StatusCode, reply.Version));
            Assert.Equal("https", await reply.Content.ReadAsStringAsync(Ct));
        }
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_within_a_minute_and_a_broken_one_never()
    {
        Write("one");
        await using var web = await Upstream.SayingAsync("hello");
        await using var gateway = await StartAsync(web);
        Assert.Equal("CN=one", await ShownAsync(gateway));

        await File.WriteAllTextAsync(Files.Chain, "half a certif", Ct);
        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("CN=one", await ShownAsync(gateway));

        Write("two");
        Assert.Equal("CN=one", await ShownAsync(gateway));
        gateway.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("CN=two", await ShownAsync(gateway));
    }

    [Fact]
    public async Task What_is_no_certificate_is_told_and_plain_requests_get_no_answer()
    {
        Write("one");
        await File.WriteAllTextAsync(Files.Key, "no key", Ct);
        await using var web = await Upstream.SayingAsync("hello");
        var wrong = await Assert.ThrowsAsync<ServiceException>(() => StartAsync(web));
        Assert.Equal(ErrorCode.Invalid, wrong.Code);
        Assert.Contains(Files.Key, wrong.Message, StringComparison.Ordinal);

        Write("one");
        wrong = await Assert.ThrowsAsync<ServiceException>(() => GatewayFront.StartAsync(
            options => options, server => server with { Certificate = Files }, ("web", web)));
        Assert.Contains("like https://", wrong.Message, StringComparison.Ordinal);

        await using var gateway = await StartAsync(web);
        using var http = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(
            new UriBuilder(gateway.Server.Url) { Scheme = "http" }.Uri, Ct));
    }

    /// <summary>Nobody has signed what is shown here.</summary>
    private static bool IsOurs(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors) =>
        shown?.Subject is "CN=one" or "CN=two";

    private Task<GatewayFront> StartAsync(Upstream web) => GatewayFront.StartAsync(
        options => options, server => server with { Listen = "https://127.0.0.1:0", Certificate = Files }, ("web", web));

    private static async Task<string> ShownAsync(GatewayFront gateway)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, gateway.Server.Url.Port, Ct);
        await using var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "social.example",
                RemoteCertificateValidationCallback = IsOurs,
            },
            Ct);
        Assert.True(tls.SslProtocol >= SslProtocols.Tls12);
        return tls.RemoteCertificate!.Subject;
    }

    /// <summary>Writes a certificate and its key, which nobody has signed but itself.</summary>
    private void Write(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        File.WriteAllText(Files.Chain, certificate.ExportCertificatePem());
        File.WriteAllText(Files.Key, key.ExportPkcs8PrivateKeyPem());
    }
}
