using Roost.Rpc;

namespace Roost.Services.Users;

/// <summary>
/// Computes password hashes, a few at a time, so that a storm of sign-ins can neither take all memory nor all
/// threads: at most <see cref="PasswordHashing.ConcurrencyMax"/> run, <see cref="PasswordHashing.WaitingMax"/> wait,
/// the rest is refused.
/// </summary>
internal sealed class PasswordHasher : IDisposable
{
    private readonly PasswordHashing _cost;
    private readonly TimeProvider _time;
    private readonly UsersMetrics _metrics;
    private readonly SemaphoreSlim _turns;

    // What an unknown login is checked against, so that it takes the same time. No password has this hash.
    private readonly PasswordHash _nobody;
    private int _present;

    public PasswordHasher(PasswordHashing cost, TimeProvider time, UsersMetrics metrics)
    {
        _cost = cost;
        _time = time;
        _metrics = metrics;
        _turns = new SemaphoreSlim(cost.ConcurrencyMax);
        _nobody = new PasswordHash(cost.MemoryKib, cost.Iterations, 1, new byte[16], new byte[32]);
    }

    public async ValueTask<PasswordHash> HashAsync(string password, CancellationToken cancellation) =>
        await InTurnAsync(() => PasswordHash.Create(password, _cost), cancellation);

    /// <summary>Whether the password is right; false after the same time when there is no <paramref
    /// name="hash"/>.</summary>
    public async ValueTask<bool> MatchesAsync(PasswordHash? hash, string password, CancellationToken cancellation)
    {
        var matches = await InTurnAsync(() => (hash ?? _nobody).Matches(password), cancellation);
        return matches && hash is not null;
    }

    public void Dispose() => _turns.Dispose();

    private async ValueTask<T> InTurnAsync<T>(Func<T> compute, CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _present) > _cost.ConcurrencyMax + _cost.WaitingMax)
        {
            Interlocked.Decrement(ref _present);
            throw new ServiceException(ErrorCode.Overloaded, "Too many people are signing in; try again in a moment.");
        }
        try
        {
            await _turns.WaitAsync(cancellation);
            try
            {
                // Off the caller's thread, which may be one that serves sockets.
                return await Task.Run(() =>
                {
                    var started = _time.GetTimestamp();
                    var result = compute();
                    _metrics.Hashed(_time.GetElapsedTime(started));
                    return result;
                }, cancellation);
            }
            finally
            {
                _turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _present);
        }
    }
}
