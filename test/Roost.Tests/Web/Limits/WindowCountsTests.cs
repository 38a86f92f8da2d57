using Roost.Web.Limits;
using Xunit;

namespace Roost.Tests.Web.Limits;

public sealed class WindowCountsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Counts_are_those_of_a_dictionary_while_there_is_room(int seed)
    {
        var random = new Random(seed);
        var counts = new WindowCounts(65_536);
        var naive = new Dictionary<(LimitKind, ulong, uint), int>();

        for (var i = 0; i < 20_000; i++)
        {
            var (kind, who, now) = ((LimitKind)random.Next(1, 4), (ulong)random.Next(100), (uint)random.Next(600));
            var end = (now / 300 + 1) * 300;
            var expected = naive[(kind, who, end)] = naive.GetValueOrDefault((kind, who, end)) + 1;

            Assert.Equal(expected, counts.Add(kind, who, end, 0));
            Assert.Equal(expected, counts.Read(kind, who, end));
        }
    }

    [Fact]
    public void Whoever_has_come_far_is_remembered_however_many_names_are_made_up()
    {
        var counts = new WindowCounts(1_024);
        for (var i = 0; i < 300; i++) counts.Add(LimitKind.Address, 7, 300, 0);

        for (var name = 1_000UL; name < 1_000_000; name++) counts.Add(LimitKind.Token, name, 300, 0);

        Assert.Equal(1_024, counts.Capacity);
        Assert.Equal(301, counts.Add(LimitKind.Address, 7, 300, 0));
    }

    [Fact]
    public void A_window_that_has_passed_makes_room_first()
    {
        var counts = new WindowCounts(8);
        for (var i = 0; i < 50; i++) counts.Add(LimitKind.Address, 1, 300, 0);
        for (var name = 2UL; name < 9; name++) counts.Add(LimitKind.Address, name, 600, 0);

        counts.Add(LimitKind.Address, 9, 600, 300);

        Assert.Equal(0, counts.Read(LimitKind.Address, 1, 300));
        Assert.Equal(Enumerable.Repeat(1, 8), Enumerable.Range(2, 8).Select(
            name => counts.Read(LimitKind.Address, (ulong)name, 600)));
    }

    [Fact]
    public void Many_who_count_at_once_lose_nothing()
    {
        var counts = new WindowCounts(1_024);

        Parallel.For(0, 40_000, i => counts.Add(LimitKind.Account, (ulong)(i % 4), 300, 0));

        Assert.All(Enumerable.Range(0, 4), who => Assert.Equal(10_000, counts.Read(LimitKind.Account, (ulong)who, 300)));
    }
}
