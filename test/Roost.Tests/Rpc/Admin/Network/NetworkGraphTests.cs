using System.Xml.Linq;
using Roost.Rpc.Admin.Calls;
using Roost.Rpc.Admin.Charts;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Admin.Network;
using Xunit;

namespace Roost.Tests.Rpc.Admin.Network;

/// <summary>Services and their calls, out of what processes tell.</summary>
public sealed class NetworkGraphTests
{
    private static readonly DateTimeOffset _now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Within_one_process_web_calls_what_is_served_beside_it()
    {
        var graph = NetworkGraph.Of(Network(View(
            "up", Served("web", 10, 0.1), Served("posts", 40, 0.002), Called("users", 5, 0.004))));

        Assert.Equal(["posts", "web", "users"], graph.Services.Select(service => service.Name));
        Assert.Equal(
            [("web", "posts", 40.0), ("web", "users", 5.0)],
            graph.Calls.Select(edge => (edge.From, edge.To, edge.Rate)));
        Assert.Empty(graph.Services[2].Processes);
    }

    [Fact]
    public void Many_processes_of_a_service_are_one_with_the_slowest_ones_p99()
    {
        var graph = NetworkGraph.Of(Network(
            View("gateway", Served("gateway", 30, 0.1), Called("web", 20, 0.3), Called("search", 10, 0.5)),
            View("web", Served("web", 15, 0.2, p50: 0.01, failed: 0.5)),
            View("web", Served("web", 5, 0.4, p50: 0.03, failed: 0.1)),
            View("web", state: ProcessState.Silent, Served("web", 900, 9))));

        var web = graph.Services.Single(service => service.Name == "web");
        Assert.Equal((20.0, 0.4, 3), (web.Rate, web.P99!.Value, web.Processes.Count));
        Assert.Equal((0.015, 0.4), (Math.Round(web.P50!.Value, 6), Math.Round(web.Failed!.Value, 6)));
        Assert.Equal(["web", "search"], graph.Calls.Select(edge => edge.To));
        Assert.All(graph.Calls, edge => Assert.Equal("gateway", edge.From));
    }

    [Fact]
    public void A_map_has_every_service_once_and_who_is_called_to_the_right_whatever_calls_whom()
    {
        MapNode[] nodes = [.. "abcd".Select(letter => new MapNode(letter + " <&\"", ["1 a second", "x"], IncidentLevel.Some))];
        MapEdge[] edges = [.. from one in nodes from two in nodes select new MapEdge(one.Name, two.Name, 3, IsIll: true)];

        foreach (var look in (ChartLook[])[ChartLook.Light, ChartLook.Dark])
        {
            var circle = XDocument.Parse(NetworkMap.Draw(nodes, edges, look)).Root!;
            Assert.Equal(4, circle.Elements().Count(one => one.Name.LocalName == "rect"));
            var line = XDocument.Parse(NetworkMap.Draw(nodes, [edges[1], edges[6]], look)).Root!;
            var places = line.Elements().Where(one => one.Name.LocalName == "rect").Select(one => (int)one.Attribute("x")!).ToArray();
            Assert.True(places[0] < places[1] && places[1] < places[2] && places[3] == places[0]);
            Assert.DoesNotContain("script", line.ToString(), StringComparison.OrdinalIgnoreCase);
        }
        XDocument.Parse(NetworkMap.Draw([], [new MapEdge("a", "b", 1, IsIll: false)], ChartLook.Light));
    }

    [Fact]
    public void Histories_of_processes_are_added_from_their_newest_step_on()
    {
        var old = new RecordedCalls(CallSide.Served, "web", [10, 20, 30], [1, 1, 1], [2, 2, 2], [0, 0, 0.5f]);
        var young = new RecordedCalls(CallSide.Served, "web", [10], [4], [8], [0.1f]);
        var other = new RecordedCalls(CallSide.Called, "web", [99], [99], [99], [99]);

        var all = ServiceHistory.Of([new(_now, [old, other]), new(_now, [young])], CallSide.Served, 4);

        Assert.Equal([float.NaN, 10, 20, 40], all.Rate);
        Assert.Equal([float.NaN, 1, 1, 1.75f], all.P50);
        Assert.Equal([float.NaN, 2, 2, 8], all.P99);
        Assert.Equal([float.NaN, 0, 0, 0.4f], all.Failed);
    }

    [Fact]
    public void Deploys_and_incidents_are_marked_for_an_hour()
    {
        var time = new FakeTime();
        var book = new ErrorBook("2.0.0", time);
        book.Recall(new([new("1.0.0", time.GetUtcNow() - TimeSpan.FromDays(1)), new("2.0.0", time.GetUtcNow())], []));
        var incidents = new IncidentLog(() => "web", book, time);
        incidents.Look();
        time.Advance(TimeSpan.FromMinutes(1));
        book.Note("web", "", "Failed.", null, new Touched("GET /x", 1));
        incidents.Look();
        incidents.Look();
        time.Advance(TimeSpan.FromMinutes(10));
        incidents.Look();

        Assert.Equal(
            [(MarkKind.Deploy, "2.0.0"), (MarkKind.Incident, "some"), (MarkKind.Incident, "nobody")],
            incidents.Marks.Select(mark => (mark.Kind, mark.Text)));
        time.Advance(TimeSpan.FromMinutes(55));
        Assert.Equal("nobody", Assert.Single(incidents.Marks).Text);
        var chart = new LineChart([[1, 2]], 1, 60, value => "", ago => "");
        var marked = chart with { Marks = [new(3, IsIncident: true), new(4, IsIncident: false), new(99, IsIncident: true)] };
        Assert.Equal(Lines(chart) + 2, Lines(marked));

        static int Lines(LineChart drawn) => XDocument.Parse(drawn.ToSvg(ChartLook.Light)).Descendants()
            .Count(one => one.Name.LocalName is "line" or "polyline" or "path");
    }

    private static NetworkReport Network(params ProcessView[] processes) => new(_now, processes);

    private static ProcessView View(string service, params CallFigures[] calls) => View(service, ProcessState.Answers, calls);

    private static ProcessView View(string service, ProcessState state, params CallFigures[] calls) => new(
        Guid.NewGuid().ToString("N"), [service], "", "", "", "1.0.0",
        new ProcessReport
        {
            Id = "",
            Roles = [service],
            Version = "1.0.0",
            Zone = "",
            At = _now,
            Started = _now,
            IsReady = true,
            Processors = 2,
            Errors = [],
            Calls = calls,
        },
        TimeSpan.Zero, state);

    private static CallFigures Served(string service, double rate, double p99, double p50 = 0, double failed = 0) =>
        new(CallSide.Served, service, rate, p50, p99, failed);

    private static CallFigures Called(string service, double rate, double p99) =>
        new(CallSide.Called, service, rate, 0, p99, 0);
}
