using Roost.Engine.Search;
using Roost.Engine.Search.Segments;
using Xunit;

namespace Roost.Tests.Engine.Search;

public sealed unsafe class PlaceCodeTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_posting_of_many_is_found_and_has_the_positions_that_were_written(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var postings = Enumerable.Range(0, 300).Select(_ => Positions(random)).ToArray();
        var bytes = new byte[(300 * 20 * PlaceCode.LengthMax) + PlaceCode.OverRead];
        fixed (byte* codes = bytes)
        {
            var end = codes;
            foreach (var posting in postings) end += Write(end, posting);

            for (var i = 0; i < postings.Length; i++)
            {
                var at = PlaceCode.Skip(codes, i);
                Assert.Equal(postings[i], Read(at));
                foreach (var position in postings[i])
                {
                    Assert.True(PlaceCode.Has(at, position), $"seed {seed}, posting {i}, position {position}");
                    Assert.Equal(postings[i].Contains(position + 1), PlaceCode.Has(at, position + 1));
                }
            }
            Assert.True(PlaceCode.Skip(codes, postings.Length) == end, "All of them end where the last one does.");
            var all = new ReadOnlySpan<byte>(codes, (int)(end - codes));
            Assert.Equal(Length(postings[0]), PlaceCode.LengthOf(all));
            Assert.Equal(Length(postings[^1]), PlaceCode.LengthOfLast(all));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Packed_postings_are_what_was_written_whatever_bits_they_have(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var bits = 0; bits <= PackedPlaces.BitsMax; bits++)
        {
            var postings = Enumerable.Range(0, random.Next(1, 200)).Select(_ => Positions(random)).ToArray();
            using var packed = new NativeBuffer();
            var codes = new byte[postings.Sum(Length)];
            fixed (byte* at = codes)
            {
                var end = at;
                foreach (var posting in postings) end += Write(end, posting);
            }

            PackedPlaces.Write(packed, codes, postings.Length, bits);
            packed.Pad(PlaceCode.OverRead, 1);

            for (var i = 0; i < postings.Length; i++)
            {
                var places = PackedPlaces.Read(packed.At(0), bits, i, postings.Length);
                List<int> read = places.Codes == null ? [places.Position] : Read(places.Codes);
                Assert.Equal(postings[i], read);
                Assert.True(places.Has(postings[i][^1]), $"seed {seed}, {bits} bits, posting {i}");
                Assert.False(places.Has(postings[i][^1] + 1), $"seed {seed}, {bits} bits, posting {i}");
            }
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void No_other_bits_would_make_packed_postings_shorter(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 50; round++)
        {
            var range = random.Next(1, 140);
            var postings = Enumerable.Range(0, random.Next(1, 129)).Select(
                _ => random.Next(5) == 0 ? Positions(random) : [random.Next(range)]).ToArray();
            var codes = new byte[postings.Sum(Length)];
            fixed (byte* at = codes)
            {
                var end = at;
                foreach (var posting in postings) end += Write(end, posting);
            }

            var lengths = new List<long>();
            for (var bits = 0; bits <= PackedPlaces.BitsMax; bits++)
            {
                using var packed = new NativeBuffer();
                PackedPlaces.Write(packed, codes, postings.Length, bits);
                lengths.Add(packed.Length);
            }

            Assert.Equal(lengths.Min(), lengths[PackedPlaces.BitsFor(codes, postings.Length)]);
        }
    }

    /// <summary>One mostly; sometimes several, sometimes far behind.</summary>
    private static int[] Positions(Random random)
    {
        var count = random.Next(6) == 0 ? random.Next(2, 20) : 1;
        var range = random.Next(5) == 0 ? SearchPost.PositionMax + 1 : 140;
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(range)).Distinct().Order()];
    }

    private static int Write(byte* to, int[] positions)
    {
        var length = PlaceCode.Write(to, positions[0]);
        for (var i = 1; i < positions.Length; i++)
        {
            PlaceCode.GoOn(to + length - 1);
            length += PlaceCode.Write(to + length, positions[i] - positions[i - 1]);
        }
        return length;
    }

    private static int Length(int[] positions)
    {
        var before = 0;
        return positions.Sum(position =>
        {
            var step = position - before;
            before = position;
            return PlaceCode.Length(step);
        });
    }

    private static List<int> Read(byte* at)
    {
        var positions = new List<int>();
        bool goesOn;
        do
        {
            goesOn = PlaceCode.Read(ref at, out var step);
            positions.Add(step + (positions.Count > 0 ? positions[^1] : 0));
        }
        while (goesOn);
        return positions;
    }
}
