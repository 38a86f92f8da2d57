using System.CommandLine;
using System.Threading.RateLimiting;
using Roost.Bench.Frame;
using Roost.Engine.Ids;
using Roost.Web;
using Roost.Web.Limits;

namespace Roost.Bench.Web;

/// <summary>
/// What counting a request by account and by token costs, with what its headers tell, beside two of the framework's
/// partitioned limiters of fixed windows, chained.
/// </summary>
internal static class LimitsBenchmark
{
    private const int Accounts = 10_000;
    private static readonly TimeSpan _window = TimeSpan.FromMinutes(5);

    public static Command Verb() => Verbs.Create(
        "limits", "A request counted twice, beside the framework's limiters. Example: roost-bench limits",
        (_, settings, _) => Task.FromResult(Run(settings)));

    private static Report Run(BenchSettings settings)
    {
        var requests = settings.Quick ? 10_000 : 500_000;
        using var ours = new RequestLimiter(
            new RateLimitOptions { Account = new(1_000_000, 5), Token = new(60_000, 5) }, TimeProvider.System);
        using var byAccount = Framework(request => request.Account.Value, 1_000_000);
        using var byToken = Framework(request => (long)request.Token, 60_000);
        var measured = Rounds.Run(
            settings,
            new Subject("windows in a table, and the headers' words", () => Count(requests, request =>
            {
                var lease = ours.Count(request)!;
                return lease.IsAcquired && lease.RemainingInWords.Length + ours.EndInWords(lease.Rule).Length > 0;
            })),
            new Subject("the framework's, without headers", () => Count(requests, request =>
                byAccount.AttemptAcquire(request).IsAcquired && byToken.AttemptAcquire(request).IsAcquired)),
            new Subject("the framework's, and how much is left", () => Count(requests, request =>
                byAccount.AttemptAcquire(request).IsAcquired && byToken.AttemptAcquire(request).IsAcquired
                    && byToken.GetStatistics(request)!.CurrentAvailablePermits >= 0)));
        var report = new Report("Rate limits");
        report.AddRounds($"Counted by account and token, {Accounts:N0} of each", "request", measured, measured[1]);
        return report;
    }

    private static PartitionedRateLimiter<LimitedRequest> Framework(Func<LimitedRequest, long> key, int permits) =>
        PartitionedRateLimiter.Create<LimitedRequest, long>(request => RateLimitPartition.Get(
            key(request), _ => new FixedWindowRateLimiter(new FixedWindowRateLimiterOptions
            {
                PermitLimit = permits,
                Window = _window,
                AutoReplenishment = false,
            })));

    private static long Count(int requests, Func<LimitedRequest, bool> ask)
    {
        for (var i = 0; i < requests; i++)
        {
            var number = i % Accounts + 1;
            if (!ask(new LimitedRequest(new AccountId(number), (ulong)number, 0, LimitKind.None)))
                throw new InvalidOperationException("A request was refused; the figures would mean nothing.");
        }
        return requests;
    }
}
