using Roost.Engine.Ids;
using Roost.Engine.Sets;
using Xunit;

namespace Roost.Tests.Engine.Sets;

public sealed class PairTableTests
{
    [Fact]
    public void A_pair_has_the_value_last_set_until_it_is_removed()
    {
        var table = new PairTable();

        Assert.True(table.Set(new AccountId(1), 2, 30));
        Assert.False(table.Set(new AccountId(1), 2, 0));
        Assert.True(table.TryGet(new AccountId(1), 2, out var value));
        Assert.Equal(0u, value);
        Assert.True(table.Remove(new AccountId(1), 2));
        Assert.False(table.Remove(new AccountId(1), 2));

        Assert.False(table.TryGet(new AccountId(1), 2, out _));
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Nobody_has_no_values()
    {
        var table = new PairTable();

        Assert.Throws<ArgumentOutOfRangeException>(() => table.Set(default, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => table.Set(new AccountId(-1), 1, 1));
        Assert.False(table.TryGet(default, 0, out _));
        Assert.False(table.Remove(default, 0));
    }

    [Theory]
    [InlineData(1, 3, 3)]
    [InlineData(2, 300, 300)]
    [InlineData(3, int.MaxValue, 1_000_000)]
    public void A_table_behaves_as_a_dictionary(int seed, int accounts, int seqs)
    {
        var random = new Random(seed);
        var model = new Dictionary<(int, uint), uint>();
        var table = new PairTable();

        for (var step = 0; step < 100_000; step++)
        {
            var known = model.Count > 0 && random.Next(4) == 0 ? model.First().Key : default;
            var account = known.Item1 != 0 ? known.Item1 : random.Next(1, accounts);
            var seq = known.Item1 != 0 ? known.Item2 : (uint)random.Next(seqs);
            if (random.Next(3) == 0)
                Assert.Equal(model.Remove((account, seq)), table.Remove(new AccountId(account), seq));
            else
            {
                var value = (uint)random.Next();
                Assert.Equal(!model.ContainsKey((account, seq)), table.Set(new AccountId(account), seq, value));
                model[(account, seq)] = value;
            }
            Assert.Equal(model.Count, table.Count);
            var probe = new AccountId(random.Next(1, accounts));
            var isThere = model.TryGetValue((probe.Value, seq), out var expected);
            Assert.Equal(isThere, table.TryGet(probe, seq, out var found));
            Assert.Equal(expected, found);
        }
        foreach (var ((account, seq), value) in model)
        {
            Assert.True(table.TryGet(new AccountId(account), seq, out var found));
            Assert.Equal(value, found);
        }
    }

    [Fact]
    public void Removed_pairs_do_not_pile_up()
    {
        var table = new PairTable();
        for (var seq = 1u; seq < 200_000; seq++)
        {
            table.Set(new AccountId(1), seq, seq);
            table.Remove(new AccountId(1), seq);
        }

        Assert.Equal(16 * 64, table.Bytes);
    }

    [Fact]
    public void Setting_and_getting_within_the_room_there_is_allocates_nothing()
    {
        var table = new PairTable();
        table.Set(new AccountId(1), 1, 1);

        var allocated = Allocations.Least(() =>
        {
            table.Set(new AccountId(1), 2, 1);
            table.TryGet(new AccountId(1), 2, out _);
        });

        Assert.Equal(0, allocated);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Readers_never_see_a_value_of_another_pair(int seed)
    {
        // The value tells its pair. Even seqs are set once and stay; odd ones come and go, so that arrays are replaced
        // all the time.
        const uint last = 300_000;
        var table = new PairTable();
        var mark = 0u;
        var reader = Task.Run(
            () =>
            {
                var random = new Random(seed);
                for (var known = 0u; known < last;)
                {
                    known = Volatile.Read(ref mark);
                    var seq = (uint)random.NextInt64(known + 100);
                    var found = table.TryGet(new AccountId(1 + (int)(seq % 7)), seq, out var value);
                    Assert.True(found || seq % 2 == 1 || seq > known || seq == 0, $"Pair of seq {seq} is lost.");
                    Assert.Equal(found ? seq * 3 : 0, value);
                }
            },
            TestContext.Current.CancellationToken);

        for (var seq = 1u; seq <= last; seq++)
        {
            table.Set(new AccountId(1 + (int)(seq % 7)), seq, seq * 3);
            if (seq % 2 == 1)
                table.Remove(new AccountId(1 + (int)(seq % 7)), seq);
            Volatile.Write(ref mark, seq);
        }

        await reader;
    }
}
