using Roost.Rpc;
using Roost.Services.Users;

namespace Roost.Web.Streaming;

/// <summary>
/// Ends the connections whose token has ended, or whose account may not sign in any more. Asks once a second whether
/// any token was made, ended or forgotten, and about each connection's only then.
/// </summary>
/// <remarks>While the accounts cannot be asked, streams go on; it is asked again later and later, and an outage is told
/// of once, with its end.</remarks>
/// <param name="open">All connections that are open now.</param>
/// <param name="end">Is told of each to be ended.</param>
/// <param name="patience">How long an answer may take.</param>
internal sealed partial class TokenWatch(
    UsersApi users, Func<IEnumerable<StreamConnection>> open, Action<StreamConnection> end, TimeSpan patience,
    TimeProvider time, ILogger logger)
{
    /// <summary>The longest that is waited in an outage: so long a token that ended may go on after it.</summary>
    private static readonly TimeSpan _waitMax = TimeSpan.FromSeconds(16);

    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private long _version = -1;

    /// <summary>Watches until told to stop.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var wait = _second;
        while (true)
        {
            await Task.Delay(wait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested)
                return;
            var failure = await TryAsync(stopping);
            if (failure is null)
            {
                if (wait > _second)
                    TokensKnown(logger);
                wait = _second;
                continue;
            }
            if (wait == _second)
                TokensUnknown(logger, failure);
            wait = wait * 2 < _waitMax ? wait * 2 : _waitMax;
        }
    }

    /// <returns>Why it is not known; the version stays what it was, so the next try looks at all.</returns>
    private async ValueTask<ServiceException?> TryAsync(CancellationToken stopping)
    {
        try
        {
            await EndRevokedAsync(stopping);
            return null;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return null;
        }
        catch (ServiceException failure)
        {
            return failure;
        }
    }

    private async ValueTask EndRevokedAsync(CancellationToken stopping)
    {
        var version = await users.TokensVersion(default, CallUntil(stopping));
        if (version == _version)
            return;
        foreach (var connection in open())
        {
            if (connection.Bearer is { } bearer
                && await users.FindToken(new FindToken(bearer), CallUntil(stopping))
                    is not { Standing: Standing.Active })
            {
                end(connection);
            }
        }
        _version = version;
    }

    private Call CallUntil(CancellationToken stopping) => new(Deadline.After(patience, time), stopping);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "It is not known which tokens have ended; streams go on meanwhile, and it is asked again.")]
    private static partial void TokensUnknown(ILogger logger, Exception failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "It is known again which tokens have ended.")]
    private static partial void TokensKnown(ILogger logger);
}
