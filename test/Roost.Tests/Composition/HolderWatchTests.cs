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
        Assert.False(watch.IsDead(0));

        watch.Know([]);

        Assert.True(watch.IsDead(0));
        Assert.Equal(["http://a", "http://a"], _asked);
    }

    [Fact]
    public void Who_is_announced_and_silent_is_dead_when_asked_often_enough_and_its_connection_was_not_used_meanwhile()
    {
        var watch = new HolderWatch(Answers);
        watch.Know([Holder("a")]);
        Assert.False(watch.IsDead(7));
        Assert.False(watch.IsDead(7));

        // It lives, though it does not answer here; so does who answers again.
        Assert.False(watch.IsDead(8));
        Assert.False(watch.IsDead(8));
        Assert.False(watch.IsDead(8));
        _answers = true;
        Assert.False(watch.IsDead(8));
        _answers = false;
        for (var i = 1; i < HolderWatch.MissesMax; i++) Assert.False(watch.IsDead(8));

        Assert.True(watch.IsDead(8));
    }

    [Fact]
    public void Who_drains_is_not_announced_but_answers_and_is_waited_for()
    {
        var watch = new HolderWatch(Answers);
        watch.Know([Holder("a")]);
        watch.Know([]);

        _answers = true;

        Assert.False(watch.IsDead(0));
    }

    [Fact]
    public void Of_whom_nothing_is_known_nothing_is_said()
    {
        var watch = new HolderWatch(Answers);
        Assert.False(watch.IsDead(0));
        watch.Know([]);
        Assert.False(watch.IsDead(0));

        // Without an admin port it cannot be asked.
        watch.Know([new InstanceInfo("a", Address: "http://x")]);
        watch.Know([]);

        Assert.False(watch.IsDead(0));
        Assert.Empty(_asked);
    }

    [Fact]
    public void Who_comes_back_under_another_name_is_the_one_that_counts()
    {
        var watch = new HolderWatch(Answers);
        watch.Know([Holder("a")]);
        watch.Know([]);
        watch.Know([Holder("b")]);
        Assert.False(watch.IsDead(0));
        watch.Know([]);

        Assert.True(watch.IsDead(0));
        Assert.Equal(["http://b", "http://b"], _asked);
    }

    private static InstanceInfo Holder(string id) => new(id, Address: "http://x", Admin: $"http://{id}");

    private bool Answers(string admin)
    {
        _asked.Add(admin);
        return _answers;
    }
}
