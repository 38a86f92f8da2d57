using System.Diagnostics.Metrics;

namespace Roost.Services.Users;

/// <summary>What the Users service reports.</summary>
public sealed class UsersMetrics
{
    private readonly Counter<long> _registered;
    private readonly Counter<long> _signIns;
    private readonly Counter<long> _tokenMisses;
    private readonly Histogram<double> _hashSeconds;

    public UsersMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create("Roost.Services.Users");
        _registered = meter.CreateCounter<long>("roost.users.registered", "{account}",
            "Accounts made, imports included.");
        _signIns = meter.CreateCounter<long>("roost.users.sign_ins", "{attempt}", "Passwords checked, by outcome.");
        _tokenMisses = meter.CreateCounter<long>("roost.users.token_misses", "{lookup}",
            "Bearer tokens that were not in memory and were looked up in the database.");
        _hashSeconds = meter.CreateHistogram<double>("roost.users.password_hash.duration", "s",
            "Computing one password hash, without the wait for a turn.");
    }

    internal void Registered(long accounts) => _registered.Add(accounts);

    internal void SignIn(bool succeeded) =>
        _signIns.Add(1, new KeyValuePair<string, object?>("outcome", succeeded ? "success" : "failure"));

    internal void TokenMissed() => _tokenMisses.Add(1);

    internal void Hashed(TimeSpan took) => _hashSeconds.Record(took.TotalSeconds);
}
