using System.Text.Json;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Admin.Network;
using Xunit;

namespace Roost.Tests.Rpc.Admin.Network;

/// <summary>What several processes tell of the same errors, as one list.</summary>
public sealed class NetworkErrorsTests
{
    private static readonly DateTimeOffset _now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_same_error_of_two_processes_is_one_with_its_people_counted_once()
    {
        var one = Report("web", 100, Group("x", met: 15, people: ["ada", "ben"]));
        var two = Report("web", 100, Group("x", met: 10, people: ["ben", "cy"]), Group("y", met: 0, people: []));

        var errors = Network(View("a", one), View("b", two)).Errors();

        Assert.Equal(["x", "y"], errors.Select(error => error.Group.Fingerprint));
        var x = errors[0].Group;
        Assert.Equal((3, 25L, 2L, 2), (x.Users, x.Met, x.Total, x.Minutes[^1]));
        // 25 of 200 requests.
        Assert.Equal(IncidentLevel.Everyone, x.Level);
        Assert.Equal(["web a", "web b"], errors[0].Where);
        Assert.Equal(["web b"], errors[1].Where);
    }

    [Fact]
    public void Others_that_do_the_same_and_are_well_make_it_a_smaller_incident()
    {
        var ill = Report("web", 100, Group("x", met: 30, people: ["ada"]));

        var errors = Network(
            View("a", ill), View("b", Report("web", 900)), View("c", Report("users", 5_000))).Errors();

        Assert.Equal(IncidentLevel.Some, Assert.Single(errors).Group.Level);
    }

    [Fact]
    public void What_was_told_some_time_ago_has_moved_on_since()
    {
        var told = Report("web", 100, Group("x", met: 30, people: ["ada"]));

        var errors = Network(View("a", told, TimeSpan.FromMinutes(6))).Errors();

        var group = Assert.Single(errors).Group;
        Assert.Equal((0, 1), (group.Minutes[^1], group.Minutes[^7]));
        Assert.Equal((IncidentLevel.Nobody, 0L), (group.Level, group.Met));
    }

    [Fact]
    public void It_is_new_when_somebody_remembers_and_nobody_saw_it_before()
    {
        var remembers = Group("x") with { FirstVersion = "2.0.0", IsNew = true };
        var forgets = Group("x") with { FirstVersion = "2.0.0" };
        var saw = Group("x") with { FirstVersion = "1.0.0" };

        Assert.True(New(remembers, forgets));
        Assert.False(New(remembers, saw));
        Assert.False(New(forgets, forgets));

        static bool New(ErrorReport one, ErrorReport two) =>
            Network(View("a", Report("web", 1, one)), View("b", Report("web", 1, two))).Errors()[0].Group.IsNew;
    }

    [Fact]
    public void It_is_resolved_when_it_is_everywhere_and_back_when_it_is_anywhere()
    {
        var resolved = Group("x") with { ResolvedAt = _now };
        var back = Group("x") with { IsBack = true };

        Assert.True(Merged(resolved, resolved).IsResolved);
        Assert.False(Merged(resolved, Group("x")).IsResolved);
        Assert.True(Merged(resolved, back).IsBack);

        static ErrorReport Merged(ErrorReport one, ErrorReport two) =>
            Network(View("a", Report("web", 1, one)), View("b", Report("web", 1, two))).Errors()[0].Group;
    }

    [Fact]
    public void A_report_is_the_same_after_its_way_over_the_network()
    {
        var report = Report("web", 100, Group("x", met: 3, people: ["ada", "ben"]) with { ResolvedAt = _now, Trace = "t" });

        var json = JsonSerializer.Serialize(report, ProcessJson.Default.ProcessReport);
        var read = JsonSerializer.Deserialize(json, ProcessJson.Default.ProcessReport)!;

        Assert.Equal(json, JsonSerializer.Serialize(read, ProcessJson.Default.ProcessReport));
        Assert.Equal((2, IncidentLevel.Some, true), (read.Errors[0].Users, read.Errors[0].Level, read.Errors[0].IsResolved));
        Assert.Contains("\"level\":\"Some\"", json, StringComparison.Ordinal);
    }

    private static NetworkReport Network(params ProcessView[] processes) => new(_now, processes);

    private static ProcessView View(string address, ProcessReport report, TimeSpan age = default) => new(
        address, report.Roles, address, "", "", report.Version, report, age,
        age > TimeSpan.Zero ? ProcessState.Silent : ProcessState.Answers);

    private static ProcessReport Report(string role, long requests, params ErrorReport[] errors) => new()
    {
        Id = role,
        Roles = [role],
        Version = "1.0.0",
        Zone = "",
        At = _now,
        Started = _now,
        IsReady = true,
        Processors = 2,
        Requests = requests,
        Errors = errors,
    };

    private static ErrorReport Group(string key, long met = 0, string[]? people = null)
    {
        var sketch = new PeopleSketch();
        foreach (var one in people ?? []) sketch.Add(Touched.HashOf(one));
        return new()
        {
            Fingerprint = key,
            Service = "web",
            Type = "",
            Operation = "GET /x",
            Sample = "Failed.",
            Frames = ["Roost.A.B"],
            First = _now,
            FirstVersion = "1.0.0",
            Last = _now,
            Total = 1,
            Minutes = [.. new int[59], 1],
            Versions = new Dictionary<string, long> { ["1.0.0"] = 1 },
            Met = met,
            Users = sketch.Estimate,
            People = sketch.ToArray(),
            Level = met > 0 ? IncidentLevel.Some : IncidentLevel.Nobody,
            IsNew = false,
            IsBack = false,
        };
    }
}
