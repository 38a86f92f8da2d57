using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Operations.Gateway;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Tests.Walls;
using Roost.Web;
using Roost.Web.Pages.Ops;
using Xunit;

namespace Roost.Tests.Composition;

/// <summary>The dashboard for those who have Prometheus and Grafana.</summary>
public sealed partial class GrafanaTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_dashboard_asks_for_nothing_that_processes_do_not_tell()
    {
        var asked = Expressions().ToArray();
        var told = await PrintedAsync();

        var names = asked.SelectMany(one => Metric().Matches(one).Select(match => match.Groups["name"].Value)).Distinct().ToArray();
        Assert.True(names.Length > 20, string.Join(' ', names));
        Assert.DoesNotContain(names, name => !told.ContainsKey(Family(name, told)));
        // Labels can only be looked for where there were calls.
        foreach (Match match in asked.SelectMany(one => Metric().Matches(one)))
        {
            var known = told[Family(match.Groups["name"].Value, told)];
            if (known.Count == 0) continue;
            var labels = Label().Matches(match.Groups["labels"].Value).Select(one => one.Groups[1].Value);
            Assert.Empty(labels.Except(["job", "instance"]).Except(known));
        }
    }

    [Fact]
    public void Every_panel_has_a_place_of_its_own_and_something_to_show()
    {
        using var dashboard = Read();
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToArray();

        Assert.Distinct(panels.Select(panel => panel.GetProperty("id").GetInt32()));
        Assert.Distinct(panels.Select(panel => panel.GetProperty("gridPos").GetRawText()));
        Assert.All(
            panels.Where(panel => panel.GetProperty("type").GetString() != "row"),
            panel => Assert.NotEqual(0, panel.GetProperty("targets").GetArrayLength()));
    }

    private static IEnumerable<string> Expressions()
    {
        using var dashboard = Read();
        foreach (var panel in dashboard.RootElement.GetProperty("panels").EnumerateArray())
        {
            if (!panel.TryGetProperty("targets", out var targets)) continue;
            foreach (var target in targets.EnumerateArray()) yield return target.GetProperty("expr").GetString()!;
        }
        yield return dashboard.RootElement.GetProperty("annotations").GetProperty("list")[0].GetProperty("expr").GetString()!;
    }

    private static JsonDocument Read() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "grafana", "roost.json")));

    /// <summary>The families that a process with everything, one that has its users elsewhere, and a gateway print, and
    /// the labels of each.</summary>
    private static async Task<Dictionary<string, HashSet<string>>> PrintedAsync()
    {
        var directories = Enumerable.Range(0, 2).Select(_ => Directory.CreateTempSubdirectory("roost-test-").FullName).ToArray();
        try
        {
            await using var admin = await AdminPort.StartAsync(
                new("http://127.0.0.1:0", "up") { Figures = LiveFigures.All, Requests = LiveFigures.Requests }, () => { }, Ct);
            await using var users = await RoleServer.StartAsync(Role.Users, new(directories[0], "http://127.0.0.1:0", []), admin: null, Ct);
            await using var server = await Server.StartAsync(
                new NodeOptions(directories[1]) { UsersElsewhere = new([users.Url], []) }, "http://127.0.0.1:0",
                url => new WebOptions { PublicUrl = url }, LogLevel.Critical, _ => { }, Ct, admin);
            await using var gateway = await GatewayServer.StartAsync(
                new("http://127.0.0.1:0", new GatewayOptions
                {
                    To = new Dictionary<string, IReadOnlyList<Uri>> { ["web"] = [server.Url] },
                }, []), admin, Ct);
            using var http = new HttpClient();
            await http.GetStringAsync(new Uri(gateway.Url, "/api/v1/timelines/public"), Ct);
            // What fails has a label more.
            var late = new Call(Deadline.After(TimeSpan.Zero, TimeProvider.System), Ct);
            await Assert.ThrowsAsync<ServiceException>(async () => await server.Node.Posts.Locate(LocatePost.End, late));
            // The answer is there before its end is counted.
            string printed;
            do printed = await http.GetStringAsync(new Uri(admin.Url, "/metrics"), Ct);
            while (!printed.Contains("roost_gateway_request_duration_seconds_count{", StringComparison.Ordinal));
            return Families(printed);
        }
        finally
        {
            foreach (var directory in directories) Directory.Delete(directory, recursive: true);
        }
    }

    private static Dictionary<string, HashSet<string>> Families(string printed)
    {
        var families = Type().Matches(printed).ToDictionary(match => match.Groups[1].Value, _ => new HashSet<string>());
        foreach (Match match in Sample().Matches(printed))
        {
            families[Family(match.Groups["name"].Value, families)]
                .UnionWith(Label().Matches(match.Groups["labels"].Value).Select(one => one.Groups[1].Value));
        }
        return families;
    }

    private static string Family(string name, Dictionary<string, HashSet<string>> families)
    {
        if (families.ContainsKey(name)) return name;
        foreach (var part in (string[])["_bucket", "_sum", "_count"])
        {
            if (name.EndsWith(part, StringComparison.Ordinal) && families.ContainsKey(name[..^part.Length]))
                return name[..^part.Length];
        }
        return name;
    }

    [GeneratedRegex("""(?<name>[a-z][a-z0-9_]+)\{(?<labels>[^}]*)\}""")]
    private static partial Regex Metric();

    [GeneratedRegex("""([a-z_]+)(?:=~|!~|!=|=)"[^"]*"(?:,|$)""")]
    private static partial Regex Label();

    [GeneratedRegex("^# TYPE (\\S+) ", RegexOptions.Multiline)]
    private static partial Regex Type();

    [GeneratedRegex("""^(?<name>[a-z0-9_]+)\{(?<labels>.*)\} """, RegexOptions.Multiline)]
    private static partial Regex Sample();
}
