using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Roost.Services.Timelines.Redis;

/// <summary>How servers prove who they are: by a certificate for the name or address that they are called by.</summary>
public sealed class RedisTls
{
    private readonly X509Certificate2Collection? _authorities;

    private RedisTls(X509Certificate2Collection? authorities) => _authorities = authorities;

    /// <summary>By whom this machine trusts.</summary>
    public static RedisTls Usual { get; } = new(null);

    /// <param name="authorityFile">Certificates, as PEM, of those who are trusted, and nobody else.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be read.</exception>
    /// <exception cref="CryptographicException">It has none.</exception>
    public static RedisTls TrustingOnly(string authorityFile)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(authorityFile);
        return authorities.Count > 0
            ? new RedisTls(authorities)
            : throw new CryptographicException("It has no certificate.");
    }

    /// <summary>A connection within one, which is disposed with it.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The server is not who it should
    /// be.</exception>
    /// <exception cref="IOException">It broke the connection.</exception>
    internal async Task<Stream> SecureAsync(Stream plain, EndPoint server, CancellationToken ct)
    {
        var secure = new SslStream(plain);
        var options = new SslClientAuthenticationOptions { TargetHost = HostOf(server) };
        if (_authorities is not null)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(_authorities);
        }
        try
        {
            await secure.AuthenticateAsClientAsync(options, ct);
            return secure;
        }
        catch
        {
            await secure.DisposeAsync();
            throw;
        }
    }

    private static string HostOf(EndPoint server) => server switch
    {
        IPEndPoint ip => ip.Address.ToString(),
        DnsEndPoint dns => dns.Host,
        _ => "",
    };
}
