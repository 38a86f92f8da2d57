using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Admin;
using Xunit;

namespace Roost.Tests.Rpc.Admin;

public sealed class ErrorBookTests
{
    private readonly FakeTime _time = new();
    private readonly ErrorBook _book;

    public ErrorBookTests() => _book = new("1.0.0", _time);

    [Fact]
    public void The_same_failure_is_one_group_whatever_its_values()
    {
        for (var i = 0; i < 3; i++) Log("posts", "Post {Id} was lost.", i, Thrown(ErrorCode.DataDamaged, $"file {i}"));
        Log("posts", "Post {Id} was lost.", 4, Thrown(ErrorCode.StorageFull, "x"));
        Log("users", "Post {Id} was lost.", 5, Thrown(ErrorCode.DataDamaged, "x"));
        Log("posts", "Another {Id}.", 6, null);

        var groups = _book.Report();

        Assert.Equal(4, groups.Count);
        Assert.Equal((3, "posts", "Post 2 was lost."), (groups[0].Total, groups[0].Operation, groups[0].Sample));
        Assert.All(groups, group => Assert.StartsWith("v1-", group.Fingerprint, StringComparison.Ordinal));
        Assert.Contains(groups[0].Frames, frame => frame.EndsWith(".Thrown", StringComparison.Ordinal));
    }

    [Fact]
    public void What_wraps_a_failure_does_not_change_what_it_is()
    {
        var cause = Thrown(ErrorCode.Internal, "x");
        Log("posts", "Failed.", 0, cause);
        Log("posts", "Failed.", 0, new InvalidOperationException("outer", cause));

        Assert.Equal(2, Assert.Single(_book.Report()).Total);
    }

    [Fact]
    public void What_is_no_failure_is_not_counted()
    {
        Log("posts", "Slow.", 0, null, LogLevel.Warning);
        Log("posts", "Hello.", 0, Thrown(ErrorCode.Internal, "x"), LogLevel.Information);

        Assert.Empty(_book.Report());
    }

    [Fact]
    public void Groups_are_ranked_by_how_fast_they_grow()
    {
        for (var minute = 0; minute < 55; minute++)
        {
            for (var i = 0; i < 10; i++) Log("steady", "Steady.", i, null);
            _time.Advance(TimeSpan.FromMinutes(1));
        }
        for (var i = 0; i < 40; i++) Log("steady", "Steady.", i, null);
        for (var i = 0; i < 30; i++) Log("growing", "Growing.", i, null);

        var groups = _book.Report();

        Assert.Equal(["growing", "steady"], groups.Select(group => group.Operation));
        Assert.Equal(30, groups[0].Growth);
        Assert.InRange(groups[1].Growth, 0.5, 2);
        Assert.Equal(60, groups[0].Minutes.Count);
        Assert.Equal(30, groups[0].Minutes[^1]);
    }

    [Fact]
    public void Minutes_pass_and_an_hour_later_only_the_total_is_left()
    {
        Log("posts", "Failed.", 0, null);
        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(1, Assert.Single(_book.Report()).LastHour);
        _time.Advance(TimeSpan.FromMinutes(1));

        var group = Assert.Single(_book.Report());

        Assert.Equal((0, 1), (group.LastHour, group.Total));
        _time.Advance(TimeSpan.FromDays(3));
        Log("posts", "Failed.", 0, null);
        Assert.Equal((1, 2), (_book.Report()[0].LastHour, _book.Report()[0].Total));
    }

    [Fact]
    public void What_comes_back_after_it_was_resolved_says_so()
    {
        Log("posts", "Failed.", 0, null);
        var key = _book.Report()[0].Fingerprint;

        Assert.True(_book.Resolve(key));
        Assert.True(_book.Report()[0].IsResolved);
        Log("posts", "Failed.", 0, null);

        Assert.Equal((false, true), (_book.Report()[0].IsResolved, _book.Report()[0].IsBack));
        Assert.False(_book.Resolve("v1-0000000000000000"));
    }

    [Fact]
    public void A_flood_of_kinds_takes_no_more_memory_than_a_thousand()
    {
        for (var i = 0; i < 1500; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Log("posts" + i, "Failed.", 0, null);
        }

        var groups = _book.Report();
        Assert.Equal(ErrorBook.GroupsMax, groups.Count);
        Assert.Contains(groups, group => group.Operation == "posts1499");
    }

    private static ServiceException Thrown(ErrorCode code, string detail)
    {
        try
        {
            throw new ServiceException(code, "Something.", detail);
        }
        catch (ServiceException thrown)
        {
            return thrown;
        }
    }

    private void Log(string category, string template, int id, Exception? error, LogLevel level = LogLevel.Error)
    {
        KeyValuePair<string, object?>[] state = [new("Id", id), new("{OriginalFormat}", template)];
        _book.CreateLogger(category).Log(
            level, default, state, error,
            (fields, _) => template.Replace("{Id}", fields[0].Value!.ToString(), StringComparison.Ordinal));
    }
}
