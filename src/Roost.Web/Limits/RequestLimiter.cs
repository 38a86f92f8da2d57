using System.Threading.RateLimiting;
using Roost.Engine.Ids;

namespace Roost.Web.Limits;

/// <summary>
/// Who may ask how often: per account, token and address, each in windows of fixed length, as a Mastodon server counts.
/// A limiter of the framework's kind (<see cref="PartitionedRateLimiter{T}"/>) over a table of our own: the framework's
/// windows keep an object for every account and address, look at each of them ten times a second, and know no clock but
/// the system's (decision 16).
/// </summary>
/// <remarks>
/// A request is counted by every rule that it falls under, until one refuses it; the lease is that of the rule that
/// allows fewest more. What was refused here has been counted, too. Thread-safe; allocates nothing where limits are the
/// usual ones, but for what is refused. <b>Hot path.</b>
/// </remarks>
internal sealed class RequestLimiter : PartitionedRateLimiter<LimitedRequest>
{
    private const int KindsMax = 4;

    private readonly LimitRule?[] _rules = new LimitRule?[Enum.GetValues<LimitKind>().Length];
    private readonly WindowCounts _counts;
    private readonly TimeProvider _time;

    public RequestLimiter(RateLimitOptions options, TimeProvider time)
    {
        _counts = new WindowCounts(options.CountsMax);
        _time = time;
        foreach (var (kind, limit) in options.All) _rules[(int)kind] = new LimitRule(kind, limit, options.Times);
    }

    /// <summary>Counts a request.</summary>
    /// <returns>Null for one that falls under no rule.</returns>
    public CountedLease? Count(in LimitedRequest request)
    {
        Span<LimitKind> kinds = stackalloc LimitKind[KindsMax];
        kinds = kinds[..KindsOf(request, kinds)];
        var now = Now();
        LimitRule? fewest = null;
        var left = int.MaxValue;
        foreach (var kind in kinds)
        {
            var rule = _rules[(int)kind]!;
            var remaining = rule.Permits - _counts.Add(kind, WhoOf(request, kind), rule.EndOf(now), now);
            if (remaining >= left) continue;
            (fewest, left) = (rule, remaining);
            if (remaining < 0) break;
        }
        return fewest?.LeaseOf(left);
    }

    /// <summary>Takes back what was counted beside a request of an account: it came to nothing.</summary>
    public void GiveBack(AccountId account, LimitKind extra) =>
        _counts.Remove(extra, (ulong)account.Value, _rules[(int)extra]!.EndOf(Now()));

    /// <summary>When the window of a rule ends, in words.</summary>
    public string EndInWords(LimitRule rule) => rule.EndInWords(rule.EndOf(Now()));

    /// <summary>How long who was refused by a rule has to wait.</summary>
    public TimeSpan WaitFor(LimitRule rule)
    {
        var now = _time.GetUtcNow();
        return DateTimeOffset.FromUnixTimeSeconds(rule.EndOf((uint)now.ToUnixTimeSeconds())) - now;
    }

    public override RateLimiterStatistics? GetStatistics(LimitedRequest resource)
    {
        Span<LimitKind> kinds = stackalloc LimitKind[KindsMax];
        kinds = kinds[..KindsOf(resource, kinds)];
        if (kinds.IsEmpty) return null;
        var (now, fewest) = (Now(), int.MaxValue);
        foreach (var kind in kinds)
        {
            var rule = _rules[(int)kind]!;
            var count = _counts.Read(kind, WhoOf(resource, kind), rule.EndOf(now));
            fewest = Math.Min(fewest, Math.Max(rule.Permits - count, 0));
        }
        return new RateLimiterStatistics { CurrentAvailablePermits = fewest };
    }

    protected override RateLimitLease AttemptAcquireCore(LimitedRequest resource, int permitCount)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(permitCount, 1);
        return Count(resource) ?? throw new ArgumentException("It falls under no rule.", nameof(resource));
    }

    // Nobody waits for a permit: who has none is refused at once.
    protected override ValueTask<RateLimitLease> AcquireAsyncCore(
        LimitedRequest resource, int permitCount, CancellationToken cancellationToken) =>
        ValueTask.FromResult(AttemptAcquireCore(resource, permitCount));

    private uint Now() => (uint)_time.GetUtcNow().ToUnixTimeSeconds();

    private static int KindsOf(in LimitedRequest request, Span<LimitKind> kinds)
    {
        var count = 0;
        var isSomebody = !request.Account.IsNone;
        if (request.IsGeneral)
        {
            kinds[count++] = isSomebody ? LimitKind.Account : LimitKind.Address;
            if (request.Token != 0) kinds[count++] = LimitKind.Token;
            if (request.IsPaging) kinds[count++] = isSomebody ? LimitKind.AccountPages : LimitKind.AddressPages;
        }
        if (request.Extra != LimitKind.None && (isSomebody || IsOfAddress(request.Extra)))
            kinds[count++] = request.Extra;
        return count;
    }

    private static bool IsOfAddress(LimitKind kind) => kind is LimitKind.Address or LimitKind.AddressPages
        or LimitKind.SignUps or LimitKind.SignUpForms or LimitKind.Apps;

    private static ulong WhoOf(in LimitedRequest request, LimitKind kind) =>
        kind == LimitKind.Token ? request.Token
            : IsOfAddress(kind) ? request.Address
            : (ulong)request.Account.Value;
}
