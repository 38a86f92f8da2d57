using System.Net;
using System.Threading.RateLimiting;
using Roost.Engine.Ids;
using Roost.Web;
using Roost.Web.Limits;
using Xunit;

namespace Roost.Tests.Web.Limits;

public sealed class RequestLimiterTests
{
    private static readonly AccountId _ann = new(1);

    private readonly FakeTime _time = new();

    [Fact]
    public void An_account_with_many_tokens_has_one_allowance_for_all_of_them()
    {
        using var limiter = Limiter(new RateLimitOptions { Account = new(5, 5), Token = new(3, 5) });

        var leases = Enumerable.Range(0, 8).Select(i => limiter.Count(Of(_ann, token: (ulong)(1 + i % 3)))!).ToList();

        Assert.Equal([true, true, true, true, true, false, false, false], leases.Select(one => one.IsAcquired));
        Assert.Equal(LimitKind.Account, leases[^1].Rule.Kind);
    }

    [Fact]
    public void What_is_told_is_the_rule_that_allows_fewest_more()
    {
        using var limiter = Limiter(new RateLimitOptions());

        var read = limiter.Count(Of(_ann, token: 1))!;
        var upload = limiter.Count(Of(_ann, token: 1, extra: LimitKind.Media))!;

        Assert.Equal((LimitKind.Token, "300", "299"), (read.Rule.Kind, read.Rule.PermitsInWords, read.RemainingInWords));
        Assert.Equal((LimitKind.Media, "30", "29"),
            (upload.Rule.Kind, upload.Rule.PermitsInWords, upload.RemainingInWords));
    }

    [Fact]
    public void Windows_end_at_whole_multiples_of_their_length_and_begin_anew()
    {
        using var limiter = Limiter(new RateLimitOptions { Address = new(1, 5) });
        _time.Advance(TimeSpan.FromSeconds(299));
        var first = limiter.Count(Stranger("192.0.2.1"))!;
        var second = limiter.Count(Stranger("192.0.2.1"))!;
        var (end, wait) = (limiter.EndInWords(second.Rule), limiter.WaitFor(second.Rule));

        _time.Advance(TimeSpan.FromSeconds(1));
        var third = limiter.Count(Stranger("192.0.2.1"))!;

        Assert.Equal((true, false, true), (first.IsAcquired, second.IsAcquired, third.IsAcquired));
        Assert.Equal("2026-06-01T12:05:00.000000Z", end);
        Assert.Equal(TimeSpan.FromSeconds(1), wait);
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", false)]
    [InlineData("::ffff:0:0", "::ffff:0:1", false)]
    public void Addresses_count_as_what_one_customer_gets(string one, string other, bool asOne)
    {
        using var limiter = Limiter(new RateLimitOptions { Address = new(1, 5) });

        limiter.Count(Stranger(one));

        Assert.Equal(!asOne, limiter.Count(Stranger(other))!.IsAcquired);
    }

    [Fact]
    public void Who_has_a_token_is_not_held_to_what_others_behind_the_address_ask()
    {
        using var limiter = Limiter(new RateLimitOptions { Address = new(1, 5) });
        limiter.Count(Stranger("192.0.2.1"));
        limiter.Count(Stranger("192.0.2.1"));

        Assert.True(limiter.Count(Of(_ann, token: 1))!.IsAcquired);
    }

    [Fact]
    public void Counting_allocates_nothing()
    {
        using var limiter = Limiter(new RateLimitOptions());
        var address = IPAddress.Parse("2001:db8::1");
        // The words that a number is told in are made once, by whoever comes by them first.
        for (var i = 0; i < 300; i++) Ask(new AccountId(2));

        var bytes = Allocations.Least(() =>
        {
            for (var i = 0; i < 10; i++) Ask(_ann);
        });

        void Ask(AccountId account)
        {
            var request = new LimitedRequest(
                account, (ulong)account.Value, LimitedRequest.KeyOf(address), LimitKind.None, IsPaging: true);
            limiter.EndInWords(limiter.Count(request)!.Rule);
        }

        Assert.Equal(0, bytes);
    }

    [Fact]
    public void It_answers_as_a_limiter_of_the_framework()
    {
        using var limiter = Limiter(new RateLimitOptions { Address = new(2, 5) });
        PartitionedRateLimiter<LimitedRequest> framework = limiter;
        var stranger = Stranger("192.0.2.1");

        using var lease = framework.AttemptAcquire(stranger);

        Assert.True(lease.IsAcquired);
        Assert.True(lease.TryGetMetadata(CountedLease.RemainingName, out var remaining));
        Assert.Equal(1, remaining);
        Assert.Equal(1, framework.GetStatistics(stranger)!.CurrentAvailablePermits);
    }

    [Fact]
    public void Limits_that_cannot_be_are_refused_in_words()
    {
        var wrong = Assert.Throws<ArgumentException>(() => new RateLimitOptions { Posts = new(0, 5) }.Validate());

        Assert.Contains("1 to 1,000,000 requests", wrong.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new RateLimitOptions { Times = 1_001 }.Validate());
    }

    private RequestLimiter Limiter(RateLimitOptions options) => new(options, _time);

    private static LimitedRequest Of(AccountId account, ulong token, LimitKind extra = LimitKind.None) =>
        new(account, token, 0, extra);

    private static LimitedRequest Stranger(string address) =>
        new(default, 0, LimitedRequest.KeyOf(IPAddress.Parse(address)), LimitKind.None);
}
