using System.Text;
using Roost.Engine.Fragments;
using Xunit;

namespace Roost.Tests.Engine.Fragments;

public sealed class CommonBytesTests(ITestOutputHelper output)
{
    private static readonly string[] _pieces =
        ["{\"id\":\"", "\",\"name\":\"", "\",\"locked\":false,\"bot\":false,", "\"note\":\"", "\"", "x", "1234567", "}"];

    [Fact]
    public void What_is_packed_is_the_same_when_it_is_unpacked()
    {
        var random = new Random(Seed());

        for (var i = 0; i < 3_000; i++)
        {
            var common = new CommonBytes(Bytes(random, random.Next(5_000)));
            var fragment = Bytes(random, random.Next(5_000));
            var packed = Pack(common, fragment);
            var unpacked = new byte[fragment.Length + CommonBytes.Slack];

            Assert.True(common.TryUnpack(packed, unpacked));
            Assert.Equal(fragment, unpacked[..fragment.Length]);
        }
    }

    [Fact]
    public void Objects_with_usual_members_take_little_more_than_their_values()
    {
        var common = new CommonBytes(Person("1", "a"));
        var fragment = Person("4711", "Alice");

        Assert.Equal(2 * sizeof(uint) + "4711Alice".Length + sizeof(uint), Pack(common, fragment).Length);

        static byte[] Person(string id, string name) => Encoding.UTF8.GetBytes(
            $"{{\"account\":\"{id}\",\"username\":\"{name}\",\"locked\":false,\"bot\":false,\"followers_count\":0}}");
    }

    [Fact]
    public void Whatever_is_unpacked_stays_within_its_bounds()
    {
        var random = new Random(Seed());
        var common = new CommonBytes(Bytes(random, 1_000));
        var good = 0;

        for (var i = 0; i < 20_000; i++)
        {
            var packed = Pack(common, Bytes(random, random.Next(300)));
            for (var flips = random.Next(4); flips >= 0 && packed.Length > 0; flips--)
                packed[random.Next(packed.Length)] = (byte)random.Next(256);
            good += common.TryUnpack(packed, new byte[CommonBytes.Slack + random.Next(300)]) ? 1 : 0;
        }

        output.WriteLine($"{good} were of the right length by chance.");
        Assert.InRange(good, 0, 2_000);
    }

    private int Seed()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20261127");
        output.WriteLine($"ROOST_SEED={seed}");
        return seed;
    }

    private static byte[] Pack(CommonBytes common, byte[] fragment)
    {
        var packed = new byte[CommonBytes.PackedMax(fragment.Length)];
        return packed[..common.Pack(fragment, packed)];
    }

    /// <summary>Noise, or what is put together of few pieces, or one piece for long.</summary>
    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        if (random.Next(4) == 0)
        {
            random.NextBytes(bytes);
            return bytes;
        }
        var pieces = random.Next(1, _pieces.Length + 1);
        for (var at = 0; at < length;)
        {
            var piece = Encoding.UTF8.GetBytes(_pieces[random.Next(pieces)]);
            piece.AsSpan(0, Math.Min(piece.Length, length - at)).CopyTo(bytes.AsSpan(at));
            at += piece.Length;
        }
        return bytes;
    }
}
