using Roost.Composition;
using Roost.Rpc.Balancing;
using Xunit;

namespace Roost.Tests.Composition;

public sealed class HolderWatchTests
{
    private readonly List<string> _asked = [];
    private bool _answers;

    [Fact]
    public void Who_is_not_announced_any_more_and_does_not_answer_is_dead()
    {
        var watch = new HolderWatch(Answers);
        watch.Know([Holder("a")]);
        Assert.False(watch.IsDead());
        Assert.Empty(_asked);

        watch.Know([]);

        Assert.True(watch.IsDead());
        Assert.Equal(["http://a"], _asked);
    }

    [Fact]
    public void Who_drains_is_not_announced_but_answers_and_is_waited_for()
    {
        var watch = new HolderWatch(Answers);
        watch.Know([Holder("a")]);
        watch.Know([]);

        _answers = true;

        Assert.False(watch.IsDead());
    }

    [Fact]
    public void Of_whom_nothing_is_known_nothing_is_said()
    {
        var watch = new HolderWatch(Answers);
        Assert.False(watch.IsDead());
        watch.Know([]);
        Assert.False(watch.IsDead());

        // Without an admin port it cannot be asked.
        watch.Know([new InstanceInfo("a", Address: "http://x")]);
        watch.Know([]);

        Assert.False(watch.IsDead());
        Assert.Empty(_asked);
    }

    [Fact]
    public void Who_comes_back_under_another_name_is_the_one_that_counts()
    {
        var watch = new HolderWatch(Answers);
        watch.Know([Holder("a")]);
        watch.Know([]);
        watch.Know([Holder("b")]);
        Assert.False(watch.IsDead());
        watch.Know([]);

        Assert.True(watch.IsDead());
        Assert.Equal(["http://b"], _asked);
    }

    private static InstanceInfo Holder(string id) => new(id, Address: "http://x", Admin: $"http://{id}");

    private bool Answers(string admin)
    {
        _asked.Add(admin);
        return _answers;
    }
}
