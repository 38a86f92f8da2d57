using Roost.Engine.Ids;
using Xunit;

namespace Roost.Tests.Engine.Ids;

public sealed class PostIdTests
{
    private const long Noon2026 = 1_795_003_200_000;

    [Fact]
    public void An_id_tells_its_time_its_shard_and_its_sequence()
    {
        var id = PostId.Create(Noon2026, 513, 4095);

        Assert.Equal(Noon2026, id.UnixMilliseconds);
        Assert.Equal(513, id.Shard);
        Assert.Equal(4095, id.Sequence);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1e3")]
    [InlineData("9223372036854775808")]
    public void What_is_not_a_plain_positive_number_is_no_id(string text) => Assert.False(PostId.TryParse(text, out _));

    [Fact]
    public void An_id_survives_its_text()
    {
        var id = PostId.Create(Noon2026, 1, 2);

        Assert.True(PostId.TryParse(id.ToString(), out var read));
        Assert.Equal(id, read);
    }

    [Fact]
    public void A_sequence_makes_ever_greater_ids_within_one_millisecond_and_beyond()
    {
        var sequence = new PostIdSequence(7);
        var last = default(PostId);

        for (var i = 0; i < 10_000; i++)
        {
            Assert.True(sequence.TryNext(Noon2026, out var id));
            Assert.True(id > last);
            Assert.Equal(7, id.Shard);
            last = id;
        }
        Assert.Equal(Noon2026 + 2, last.UnixMilliseconds);
    }

    [Fact]
    public void No_id_is_made_while_the_clock_is_too_far_behind()
    {
        var sequence = new PostIdSequence(0, slack: TimeSpan.FromSeconds(1));
        Assert.True(sequence.TryNext(Noon2026, out var first));

        Assert.True(sequence.TryNext(Noon2026 - 1_000, out var within));
        Assert.False(sequence.TryNext(Noon2026 - 1_001, out _));

        Assert.True(within > first);
        Assert.Equal(within, sequence.Last);
    }

    [Fact]
    public void An_imported_id_must_be_above_the_newest()
    {
        var sequence = new PostIdSequence(0);
        sequence.Advance(PostId.Create(Noon2026, 0, 5));

        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Advance(PostId.Create(Noon2026, 0, 5)));
        Assert.True(sequence.TryNext(Noon2026, out var next));
        Assert.Equal(6, next.Sequence);
    }
}
