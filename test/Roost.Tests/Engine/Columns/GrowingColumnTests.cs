using Roost.Engine.Columns;
using Xunit;

namespace Roost.Tests.Engine.Columns;

public sealed class GrowingColumnTests
{
    [Fact]
    public void What_was_never_written_reads_as_default()
    {
        var column = new GrowingColumn<long>();
        Assert.Equal(0, column[0]);
        Assert.Equal(0, column[uint.MaxValue]);

        column[5] = 7;

        Assert.Equal(7, column[5]);
        Assert.Equal(0, column[6]);
        Assert.Equal(0, column[100_000]);
    }

    [Fact]
    public void The_largest_index_costs_one_chunk()
    {
        var column = new GrowingColumn<uint>();

        column[uint.MaxValue] = 1;

        Assert.Equal(1u, column[uint.MaxValue]);
        Assert.Equal(GrowingColumn<uint>.ChunkLength * sizeof(uint), column.Bytes);
    }

    [Fact]
    public void A_place_stays_the_same_while_the_column_grows()
    {
        var column = new GrowingColumn<int>();
        ref var place = ref column.Grow(3);

        column.EnsureCapacity(1_000_000);
        column[3] = 42;

        Assert.Equal(42, place);
        Assert.Equal(42, column.At(3));
        column.At(999_999) = 9;
        Assert.Equal(9, column[999_999]);
    }

    [Fact]
    public void A_place_that_no_room_was_made_for_is_an_error()
    {
        var column = new GrowingColumn<int>();
        column.EnsureCapacity(1);

        Assert.Equal(0, column.At(GrowingColumn<int>.ChunkLength - 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => column.At(GrowingColumn<int>.ChunkLength));
    }

    [Fact]
    public async Task Readers_below_the_mark_see_every_value_while_the_writer_appends()
    {
        const uint count = 400_000;
        var column = new GrowingColumn<(uint A, uint B, uint C)>();
        var mark = 0u;
        var reader = Task.Run(
            () =>
            {
                var seen = 0u;
                while (seen < count)
                {
                    seen = Volatile.Read(ref mark);
                    for (var i = seen > 1_000 ? seen - 1_000 : 0; i < seen; i++)
                        Assert.Equal((i, i + 1, i + 2), column[i]);
                }
            },
            TestContext.Current.CancellationToken);

        for (var i = 0u; i < count; i++)
        {
            column[i] = (i, i + 1, i + 2);
            Volatile.Write(ref mark, i + 1);
        }

        await reader;
    }
}
