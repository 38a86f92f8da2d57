using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Roost.Rpc;

namespace Roost.Composition;

/// <summary>
/// A certificate with its chain and its key, from the files that programs which get and renew them leave (PEM; with
/// Certbot fullchain.pem and privkey.pem). Renewed files are used from the next handshake on, looked for once a minute
/// at most; such as cannot be read are told of in the log, and the certificate stays that was good. Thread-safe.
/// </summary>
internal sealed partial class Certificate
{
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMinutes(1);

    private readonly string _chainFile;
    private readonly string _keyFile;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _lock = new();

    // Under the lock; who misses a change takes the one before.
    private (DateTime Chain, DateTime Key) _written;
    private long _looked;
    private volatile SslStreamCertificateContext _current;

    /// <exception cref="ServiceException">A file cannot be read, or they do not belong together.</exception>
    public Certificate(string chainFile, string keyFile, TimeProvider time, ILogger<Certificate> log)
    {
        (_chainFile, _keyFile, _time, _log) = (chainFile, keyFile, time, log);
        (_written, _looked) = (Written(), time.GetTimestamp());
        _current = Load();
    }

    /// <summary>Has a port speak TLS with it, and HTTP/2 with who can.</summary>
    public void Use(ListenOptions on) => on.UseHttps(new TlsHandshakeCallbackOptions
    {
        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = Current(),
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        }),
        HandshakeTimeout = TimeSpan.FromSeconds(10),
    });

    private SslStreamCertificateContext Current()
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_looked) < _lookEvery) return _current;
            _looked = _time.GetTimestamp();
            if (Written() is var written && written == _written) return _current;
            try
            {
                _current = Load();
                _written = written;
            }
            catch (ServiceException failure)
            {
                // Half written, perhaps: it is tried again.
                NotRead(_log, failure);
            }
            return _current;
        }
    }

    private (DateTime Chain, DateTime Key) Written() =>
        (File.GetLastWriteTimeUtc(_chainFile), File.GetLastWriteTimeUtc(_keyFile));

    private SslStreamCertificateContext Load()
    {
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(_chainFile);
            var own = X509Certificate2.CreateFromPemFile(_chainFile, _keyFile);
            // Who asks whether it was revoked is the client; nothing is fetched here.
            return SslStreamCertificateContext.Create(own, chain, offline: true);
        }
        catch (Exception wrong) when (wrong is CryptographicException or IOException or UnauthorizedAccessException
            or ArgumentException)
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"{_chainFile} and {_keyFile} are no certificate and its key: {wrong.Message} Give PEM files, the "
                + "certificate first in its file and then those that lead to its root.", inner: wrong);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error, Message = "The renewed certificate cannot be used; the one before is used still.")]
    private static partial void NotRead(ILogger log, Exception failure);
}
