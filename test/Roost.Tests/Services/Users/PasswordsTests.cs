using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Roost.Rpc;
using Roost.Services.Users;
using Xunit;

namespace Roost.Tests.Services.Users;

public sealed class PasswordsTests
{
    // From the reference implementation's test suite: Argon2id, version 19, t=2, m=2^8 KiB, p=1, salt "somesalt".
    private const string Reference =
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

    [Fact]
    public void The_hash_is_the_one_that_everybody_computes()
    {
        var hash = PasswordHash.Parse(Reference);

        Assert.True(hash.Matches("password"));
        Assert.False(hash.Matches("Password"));
        Assert.Equal(Reference, hash.ToString());
    }

    [Fact]
    public void Two_hashes_of_one_password_differ_and_both_match()
    {
        var cost = new PasswordHashing { MemoryKib = 64, Iterations = 1 };

        var (a, b) = (PasswordHash.Create("pässword", cost), PasswordHash.Create("pässword", cost));

        Assert.NotEqual(a.ToString(), b.ToString());
        Assert.True(PasswordHash.Parse(a.ToString()).Matches("pässword"));
        Assert.True(PasswordHash.Parse(b.ToString()).Matches("pässword"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("$2b$12$abcdefghijklmnopqrstuv")]
    [InlineData("$argon2id$v=19$m=99999999999,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")]
    [InlineData("$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")]
    [InlineData("$argon2id$v=19$m=256,t=2,p=1$c29t$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")]
    [InlineData("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$???")]
    public void What_is_no_hash_is_said_to_be_damaged(string text) =>
        Assert.Equal(ErrorCode.DataDamaged, Assert.Throws<ServiceException>(() => PasswordHash.Parse(text)).Code);

    [Fact]
    public async Task More_hashes_than_may_wait_are_refused()
    {
        using var provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new UsersMetrics(provider.GetRequiredService<IMeterFactory>());
        var cost = new PasswordHashing { MemoryKib = 1024, Iterations = 1, ConcurrencyMax = 1, WaitingMax = 2 };
        using var hasher = new PasswordHasher(cost, TimeProvider.System, metrics);

        var attempts = Enumerable.Range(0, 200)
            .Select(_ => hasher.MatchesAsync(null, "password", TestContext.Current.CancellationToken).AsTask()).ToArray();
        var outcomes = await Task.WhenAll(attempts.Select(async attempt => await Record.ExceptionAsync(() => attempt)));

        Assert.Contains(outcomes, outcome => outcome is null);
        Assert.Contains(outcomes, outcome => outcome is ServiceException { Code: ErrorCode.Overloaded });
        Assert.All(attempts.Where(attempt => attempt.IsCompletedSuccessfully), attempt => Assert.False(attempt.Result));
    }
}
