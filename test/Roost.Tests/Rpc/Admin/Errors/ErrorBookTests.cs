using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Admin.Errors;
using Xunit;

namespace Roost.Tests.Rpc.Admin.Errors;

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
        Assert.All(groups, group => Assert.StartsWith("v2-", group.Fingerprint, StringComparison.Ordinal));
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
    public async Task What_comes_back_after_it_was_resolved_says_so()
    {
        Log("posts", "Failed.", 0, null);
        var key = _book.Report()[0].Fingerprint;

        Assert.True(await _book.ResolveAsync(key));
        Assert.True(_book.Report()[0].IsResolved);
        Log("posts", "Failed.", 0, null);

        Assert.Equal((false, true), (_book.Report()[0].IsResolved, _book.Report()[0].IsBack));
        Assert.False(await _book.ResolveAsync("v2-0000000000000000"));
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

    [Fact]
    public void People_are_counted_once_each_and_whoever_met_it_makes_it_an_incident()
    {
        Log("background", "Failed.", 0, null);
        foreach (var who in (string[])["ada", "ben", "ada"])
            Log("web", "Failed.", 0, null, touched: new("GET /x", Touched.HashOf(who)));
        Log("calls", "Failed.", 0, null, touched: new("users.get", 0));

        var groups = _book.Report().ToDictionary(group => group.Operation);

        Assert.Equal((0, IncidentLevel.Nobody, 0L), Reach(groups["background"]));
        Assert.Equal((2, IncidentLevel.Some, 3L), Reach(groups["GET /x"]));
        Assert.Equal((1, IncidentLevel.Some, 1L), Reach(groups["users.get"]));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal((2, IncidentLevel.Nobody, 0L), Reach(_book.Report().Single(group => group.Operation == "GET /x")));
        _time.Advance(TimeSpan.FromMinutes(60));
        Assert.All(_book.Report(), group => Assert.Equal(0, group.Users));

        static (int, IncidentLevel, long) Reach(ErrorReport group) => (group.Users, group.Level, group.Met);
    }

    [Theory]
    [InlineData(19, 19L, IncidentLevel.Some)]
    [InlineData(20, 0L, IncidentLevel.Everyone)]
    [InlineData(20, 200L, IncidentLevel.Everyone)]
    [InlineData(20, 201L, IncidentLevel.Some)]
    [InlineData(500, null, IncidentLevel.Some)]
    public void It_is_for_everyone_when_a_tenth_of_all_requests_end_so(int failed, long? requests, IncidentLevel level)
    {
        _book.Requests = () => requests;

        for (var i = 0; i < failed; i++) Log("web", "Failed.", i, null, touched: new("GET /x", (ulong)i << 40));

        Assert.Equal(level, Assert.Single(_book.Report()).Level);
    }

    [Fact]
    public async Task Reach_goes_before_growth_and_what_is_resolved_comes_last()
    {
        for (var i = 0; i < 40; i++) Log("nobody", "Failed.", i, null);
        Log("few", "Failed.", 0, null, touched: new("few", 7));
        for (var i = 0; i < 3; i++) Log("more", "Failed.", i, null, touched: new("more", Touched.HashOf("p" + i)));
        Log("done", "Failed.", 0, null, touched: new("done", 7));
        await _book.ResolveAsync(_book.Report().Single(group => group.Operation == "done").Fingerprint);

        Assert.Equal(["more", "few", "nobody", "done"], _book.Report().Select(group => group.Operation));
    }

    [Fact]
    public void A_flood_of_one_kind_is_counted_to_the_last_event()
    {
        var failure = Thrown(ErrorCode.Overloaded, "x");

        for (var i = 0; i < 10 * ErrorBook.WholePerSecondMax; i++) Log("posts", "Failed.", i, failure);
        Log("posts", "Another.", 0, failure);

        Assert.Equal(
            [10 * ErrorBook.WholePerSecondMax, 1], _book.Report().Select(group => group.Total).OrderDescending());
    }

    [Fact]
    public async Task A_failure_keeps_its_fingerprint_when_the_compiler_numbers_methods_anew()
    {
        Assert.Equal("Roost.A.WriteAsync", Fingerprint.InSource("Roost.A+<WriteAsync>d__7", "MoveNext"));
        Assert.Equal("Roost.A.Write", Fingerprint.InSource("Roost.A+<>c__DisplayClass3_0", "<Write>b__1"));
        Assert.Equal("Roost.A.Write", Fingerprint.InSource("Roost.A", "<Write>g__Local|4_0"));
        Assert.Equal("Roost.A+B.Write", Fingerprint.InSource("Roost.A+B", "Write"));
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(FailAsync);

        Log("posts", "Failed.", 0, thrown);

        Assert.Equal($"{typeof(ErrorBookTests).FullName}.{nameof(FailAsync)}", _book.Report()[0].Frames[0]);
    }

    [Fact]
    public async Task What_the_runtime_inlines_or_not_does_not_make_another_group()
    {
        var direct = await Assert.ThrowsAsync<InvalidOperationException>(() => CallAsync(Throw));
        var wayThrough = await Assert.ThrowsAsync<InvalidOperationException>(() => CallAsync(Pass));

        Log("posts", "Failed.", 0, direct);
        Log("posts", "Failed.", 0, wayThrough);

        Assert.Equal(2, Assert.Single(_book.Report()).Total);

        static async Task CallAsync(Action call)
        {
            await Task.Yield();
            call();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Throw() => throw new InvalidOperationException("It failed.");

    // What stands between: there in one build, and not in another.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    private static void Pass() => Throw();

    [Fact]
    public void A_cause_that_met_none_of_our_code_is_known_by_what_wraps_it()
    {
        var wrapped = new InvalidOperationException("near", new IOException("far"));

        Log("posts", "Failed.", 0, Assert.Throws<InvalidOperationException>((Action)(() => throw wrapped)));

        Assert.EndsWith(
            "." + nameof(A_cause_that_met_none_of_our_code_is_known_by_what_wraps_it), _book.Report()[0].Frames[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_belongs_to_the_service_that_logged_it()
    {
        foreach (var category in (string[])
            ["Roost.Services.Posts.Log.PostLog", "Roost.Web.Http.ErrorReplies", "Roost.Operations.Gateway.Pool",
            "Roost.Rpc.Discovery.Announcement", "Microsoft.AspNetCore.Server.Kestrel"])
        {
            Log(category, "Failed.", 0, null);
        }

        Assert.Equal(
            ["gateway", "posts", "process", "process", "web"], _book.Report().Select(group => group.Service).Order());
    }

    private static async Task FailAsync()
    {
        await Task.Yield();
        throw new InvalidOperationException("It failed.");
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

    private void Log(
        string category, string template, int id, Exception? error, LogLevel level = LogLevel.Error,
        Touched? touched = null)
    {
        KeyValuePair<string, object?>[] state =
            [new("Id", id), new("touched", touched), new("{OriginalFormat}", template)];
        _book.CreateLogger(category).Log(
            level, default, state, error,
            (fields, _) => template.Replace("{Id}", fields[0].Value!.ToString(), StringComparison.Ordinal));
    }
}
