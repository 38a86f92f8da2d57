using System.Buffers;
using Roost.Engine.Fragments;
using Xunit;

namespace Roost.Tests.Engine.Fragments;

public sealed class FragmentArenaTests(ITestOutputHelper output)
{
    private const long Small = 1 << 18;

    private static readonly byte[] _start =
        "{\"id\":\"1\",\"locked\":false,\"bot\":false,\"indexable\":true,\"note\":\"\"}"u8.ToArray();
    private static readonly CommonBytes _common = new(_start);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_found_is_what_was_kept_under_that_key_and_version(bool packed)
    {
        var seed = Seed();
        var random = new Random(seed);
        var arena = new FragmentArena<uint>(Small, packed ? _common : null);
        var kept = new Dictionary<uint, uint>();
        var found = 0;

        for (var i = 0; i < 200_000; i++)
        {
            var place = (uint)random.Next(1_000);
            var version = (uint)random.Next(3);
            if (random.Next(8) == 0)
            {
                arena.Add(place, place, version, Bytes(place, version));
                kept[place] = version;
            }
            else if (Find(arena, place, place, version) is { } bytes)
            {
                found++;
                Assert.Equal(version, kept[place]);
                Assert.Equal(Bytes(place, version), bytes);
            }
        }

        Assert.True(found > 1_000, $"Only {found} were found.");
    }

    [Fact]
    public void A_place_that_another_key_has_taken_over_does_not_answer_with_it()
    {
        var arena = new FragmentArena<uint>(Small);

        arena.Add(7, 7, 0, Bytes(7, 0));
        arena.Add(7, 8, 0, Bytes(8, 0));

        Assert.Null(Find(arena, 7, 7, 0));
        Assert.Equal(Bytes(8, 0), Find(arena, 7, 8, 0));
    }

    [Fact]
    public void What_is_read_stays_and_what_is_not_read_makes_room()
    {
        var arena = new FragmentArena<uint>(Small);
        arena.Add(1, 1, 0, Bytes(1, 0));
        arena.Add(2, 2, 0, Bytes(2, 0));

        for (var i = 10u; i < 5_000; i++)
        {
            arena.Add(10 + i % 200, i, 0, Bytes(i, 0));
            Assert.Equal(Bytes(1, 0), Find(arena, 1, 1, 0));
        }

        Assert.Null(Find(arena, 2, 2, 0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_fragment_of_the_greatest_length_is_kept_and_a_longer_one_is_not(bool packed)
    {
        var arena = new FragmentArena<uint>(Small, packed ? _common : null);

        arena.Add(1, 1, 0, new byte[arena.LengthMax]);
        arena.Add(2, 2, 0, new byte[arena.LengthMax + 1]);

        Assert.Equal(arena.LengthMax, Find(arena, 1, 1, 0)?.Length);
        Assert.Null(Find(arena, 2, 2, 0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reading_allocates_nothing(bool packed)
    {
        var arena = new FragmentArena<uint>(Small, packed ? _common : null);
        arena.Add(1, 1, 0, Bytes(1, 0));
        var writer = new ArrayBufferWriter<byte>(4_096);

        var allocated = Allocations.Least(() =>
        {
            writer.ResetWrittenCount();
            arena.Prefetch(1);
            arena.TryCopy(1, 1, 0u, writer);
        });

        Assert.Equal(0, allocated);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Readers_beside_writers_never_see_a_torn_or_foreign_fragment(bool packed)
    {
        var seed = Seed();
        // A lap is some 200 fragments, so that readers are overtaken all the time.
        var arena = new FragmentArena<uint>(Small, packed ? _common : null);

        var found = await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            var random = new Random(seed + thread);
            var count = 0;
            for (var i = 0; i < 60_000; i++)
            {
                var place = (uint)random.Next(300);
                var version = (uint)random.Next(2);
                if (Find(arena, place, place, version) is { } bytes)
                {
                    count++;
                    Assert.Equal(Bytes(place, version), bytes);
                }
                else
                {
                    arena.Add(place, place, version, Bytes(place, version));
                }
            }
            return count;
        })));

        Assert.All(found, count => Assert.True(count > 100, $"Only {count} were found."));
    }

    private int Seed()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20261125");
        output.WriteLine($"ROOST_SEED={seed}");
        return seed;
    }

    /// <summary>Bytes that nothing else has, of a length of its own; some begin with what they have in common.</summary>
    private static byte[] Bytes(uint key, uint version)
    {
        var bytes = new byte[4 + (key * 37 + version * 11) % 1_500];
        new Random((int)(key * 4 + version)).NextBytes(bytes);
        if (key % 3 == 0 && bytes.Length > 2 * _start.Length)
            _start.CopyTo(bytes, 0);
        return bytes;
    }

    private static byte[]? Find(FragmentArena<uint> arena, uint place, long key, uint version)
    {
        var writer = new ArrayBufferWriter<byte>();
        return arena.TryCopy(place, key, version, writer) ? writer.WrittenSpan.ToArray() : null;
    }
}
