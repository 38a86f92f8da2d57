using Roost.Engine.Ids;
using Roost.Replay.Loading;
using Roost.Rpc;
using Xunit;

namespace Roost.Tests.Replay;

public sealed class IdClockTests
{
    [Fact]
    public void Times_since_2020_are_kept()
    {
        var clock = new IdClock(PostId.EpochUnixMilliseconds);

        Assert.Equal(TimeSpan.Zero, clock.Shift);
        Assert.Equal(PostId.EpochUnixMilliseconds, clock.Next(PostId.EpochUnixMilliseconds).UnixMilliseconds);
    }

    [Fact]
    public void The_announcement_of_2012_is_moved_by_two_cycles_of_four_years_to_the_same_date_in_2020()
    {
        var clock = new IdClock(Networks.Announcement);

        var at = DateTimeOffset.FromUnixTimeMilliseconds(clock.Next(Networks.Announcement).UnixMilliseconds);

        Assert.Equal(TimeSpan.FromDays(2 * 1_461), clock.Shift);
        Assert.Equal(new DateTimeOffset(2020, 7, 4, 7, 0, 0, TimeSpan.Zero), at);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(-IdClock.CycleMilliseconds, 1)]
    [InlineData(-IdClock.CycleMilliseconds - 1, 2)]
    public void The_shift_is_the_smallest_that_reaches_2020(long sinceEpoch, int cycles) => Assert.Equal(
        TimeSpan.FromMilliseconds(cycles * IdClock.CycleMilliseconds),
        new IdClock(PostId.EpochUnixMilliseconds + sinceEpoch).Shift);

    [Fact]
    public void Ids_within_one_second_ascend_and_are_the_same_each_time()
    {
        var (first, second) = (new IdClock(Networks.Announcement), new IdClock(Networks.Announcement));
        var last = default(PostId);

        for (var i = 0; i < 10_000; i++)
        {
            var id = first.Next(Networks.Announcement);
            Assert.True(id > last);
            Assert.Equal(id, second.Next(Networks.Announcement));
            last = id;
        }
    }

    [Fact]
    public void A_time_beyond_the_last_id_is_refused() =>
        Assert.Throws<ServiceException>(() => new IdClock(0).Next(4_000_000_000_000));
}
