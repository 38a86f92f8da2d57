using Roost.Rpc.Admin.Errors;
using Xunit;

namespace Roost.Tests.Rpc.Admin.Errors;

public sealed class PeopleSketchTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(5, 0)]
    [InlineData(100, 0.15)]
    [InlineData(2_000, 0.2)]
    [InlineData(100_000, 0.2)]
    public void It_tells_about_how_many_there_were(int people, double off)
    {
        var sketch = new PeopleSketch();

        for (var turn = 0; turn < 2; turn++)
            for (var i = 0; i < people; i++) sketch.Add(Touched.HashOf("person " + i));

        Assert.InRange(sketch.Estimate, people * (1 - off), people * (1 + off));
    }

    [Fact]
    public void Two_merged_are_one_of_all()
    {
        var (all, left, right) = (new PeopleSketch(), new PeopleSketch(), new PeopleSketch());
        for (var i = 0; i < 3_000; i++)
        {
            var who = Touched.HashOf("person " + i);
            all.Add(who);
            if (i < 2_000) left.Add(who);
            if (i >= 1_000) right.Add(who);
        }

        left.Merge(right.ToArray());
        left.Merge([1, 2, 3]);

        Assert.Equal(all.ToArray(), left.ToArray());
    }

    [Fact]
    public void An_hour_later_nobody_is_left()
    {
        var recent = new RecentPeople();
        recent.Add(Touched.HashOf("ada"), 1_000_000);
        recent.Add(Touched.HashOf("ben"), 1_000_030);

        Assert.Equal(2, recent.Read(1_000_049).Estimate);
        Assert.Equal(1, recent.Read(1_000_070).Estimate);
        Assert.Equal(0, recent.Read(1_000_100).Estimate);
    }
}
