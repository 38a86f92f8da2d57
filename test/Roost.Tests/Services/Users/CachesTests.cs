using Roost.Engine.Ids;
using Roost.Services;
using Roost.Services.Users;
using Xunit;

namespace Roost.Tests.Services.Users;

public sealed class CachesTests
{
    [Fact]
    public void What_was_changed_since_it_was_read_is_not_filled_in()
    {
        var cache = new BoundedCache<string, string>(16);
        var version = cache.Version;
        cache.Remove("token");

        cache.TryFill("token", "still valid", version);

        Assert.False(cache.TryGet("token", out _));
        cache.TryFill("token", "valid", cache.Version);
        Assert.True(cache.TryGet("token", out var value));
        Assert.Equal("valid", value);
    }

    [Fact]
    public void A_removed_entry_is_gone_from_both_generations()
    {
        var cache = new BoundedCache<int, string>(8);
        for (var i = 0; i < 6; i++) cache.Set(i, "x");

        for (var i = 0; i < 6; i++) cache.Remove(i);

        for (var i = 0; i < 6; i++) Assert.False(cache.TryGet(i, out _));
    }

    [Fact]
    public void A_cache_holds_no_more_than_its_bound_and_keeps_what_is_used()
    {
        var cache = new BoundedCache<int, int>(100);

        for (var i = 0; i < 10_000; i++)
        {
            cache.Set(i, i);
            Assert.True(cache.TryGet(0, out _));
        }

        Assert.InRange(Enumerable.Range(0, 10_000).Count(i => cache.TryGet(i, out _)), 1, 100);
    }

    [Fact]
    public void Accounts_beyond_the_bound_are_dropped_by_chunks_and_the_used_ones_stay()
    {
        var cache = new AccountCache(3 * AccountCache.ChunkSlots, 0);

        for (var id = 1; id <= 20 * AccountCache.ChunkSlots; id++)
        {
            cache.Set(Make(id));
            Assert.Equal(id, cache.Get(new AccountId(id))!.Id.Value);
            Assert.InRange(cache.Count, 1, 3 * AccountCache.ChunkSlots);
            Assert.NotNull(cache.Get(new AccountId(1)));
        }
    }

    [Fact]
    public void An_account_changed_since_it_was_read_is_not_filled_in()
    {
        var cache = new AccountCache(AccountCache.ChunkSlots, 0);
        var version = cache.Version;
        cache.Set(Make(1) with { DisplayName = "new" });

        cache.TryFill([Make(1), Make(2)], version);

        Assert.Equal("new", cache.Get(new AccountId(1))!.DisplayName);
        Assert.Null(cache.Get(new AccountId(2)));
    }

    private static Account Make(int id) => new(new AccountId(id), $"u{id}", "", "", false, false, default);
}
