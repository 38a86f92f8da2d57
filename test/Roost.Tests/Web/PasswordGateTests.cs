using System.Net;
using Roost.Rpc;
using Roost.Web;
using Roost.Web.Sessions;
using Xunit;

namespace Roost.Tests.Web;

public sealed class PasswordGateTests
{
    private static readonly IPAddress _here = IPAddress.Parse("192.0.2.1");

    private readonly ManualTime _time = new();
    private readonly FakeNetwork _network = new();
    private readonly PasswordGate _gate;

    public PasswordGateTests()
    {
        _network.AddAccount("alice");
        var options = new WebOptions
        {
            PublicUrl = new Uri("http://roost.example"),
            WrongPasswordsMax = 2,
            WrongPasswordRefill = TimeSpan.FromSeconds(30),
        };
        _gate = new PasswordGate(_network.Services.Users, options, _time);
    }

    private ValueTask<PasswordAttempt> TryAsync(string password, IPAddress? from = null) =>
        _gate.TryAsync(from ?? _here, "alice", password, Call.Unbounded);

    [Fact]
    public async Task A_spent_attempt_comes_back_with_time()
    {
        await TryAsync("wrong");
        await TryAsync("wrong");

        Assert.Equal(TimeSpan.FromSeconds(30), (await TryAsync("correct horse")).RetryAfter);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.InRange((await TryAsync("correct horse")).RetryAfter, TimeSpan.FromSeconds(9.9),
            TimeSpan.FromSeconds(10.1));
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.NotNull((await TryAsync("correct horse")).Account);
    }

    [Fact]
    public async Task Right_passwords_cost_nothing()
    {
        for (var i = 0; i < 100; i++) Assert.NotNull((await TryAsync("correct horse")).Account);
    }

    [Fact]
    public async Task Other_addresses_are_not_kept_waiting_but_one_customers_are_one()
    {
        var home = IPAddress.Parse("2001:db8:1:2::1");
        await TryAsync("wrong", home);
        await TryAsync("wrong", IPAddress.Parse("2001:db8:1:2:ffff::9"));

        Assert.True((await TryAsync("correct horse", home)).RetryAfter > TimeSpan.Zero);
        Assert.NotNull((await TryAsync("correct horse", IPAddress.Parse("2001:db8:1:3::1"))).Account);
        Assert.NotNull((await TryAsync("correct horse")).Account);
    }

    [Fact]
    public async Task However_many_addresses_come_the_ones_kept_are_bounded()
    {
        for (var i = 0; i < PasswordGate.AddressesMax + 100; i++)
            await TryAsync("wrong", new IPAddress(0x0A000000 + i));

        Assert.InRange(_gate.AddressCount, 1, PasswordGate.AddressesMax);
    }

    /// <summary>A clock that moves when told.</summary>
    private sealed class ManualTime : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => _ticks;
        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
