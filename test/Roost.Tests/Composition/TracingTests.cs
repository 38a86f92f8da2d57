using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Operations.Gateway;
using Roost.Tests.Web.Hostile;
using Roost.Web;
using Xunit;

namespace Roost.Tests.Composition;

/// <summary>A request through a gateway, web and Users, with all of their spans in this process.</summary>
[Collection(nameof(HostileInputTests.Alone))]
public sealed class TracingTests : IAsyncLifetime
{
    private readonly string _users = Directory.CreateTempSubdirectory("roost-test-").FullName;
    private readonly string _rest = Directory.CreateTempSubdirectory("roost-test-").FullName;
    private readonly List<IAsyncDisposable> _open = [];
    private Server _web = null!;
    private GatewayServer _gateway = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var users = Opened(await RoleServer.StartAsync(Role.Users, new(_users, "http://127.0.0.1:0", []), admin: null, Ct));
        _web = Opened(await Server.StartAsync(
            new NodeOptions(_rest) { UsersElsewhere = new([users.Url], []) }, "http://127.0.0.1:0",
            url => new WebOptions { PublicUrl = url }, LogLevel.Critical, Ct));
        var to = new Dictionary<string, IReadOnlyList<Uri>> { [GatewayServer.WebName] = [_web.Url] };
        _gateway = Opened(await GatewayServer.StartAsync(
            new("http://127.0.0.1:0", new GatewayOptions { To = to }, []), admin: null, Ct));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_open)) await one.DisposeAsync();
        Directory.Delete(_users, recursive: true);
        Directory.Delete(_rest, recursive: true);
    }

    [Fact]
    public async Task One_trace_goes_from_the_gateway_to_the_last_store()
    {
        await using var admin = await AdminPort.StartAsync(new("http://127.0.0.1:0", "gateway"), () => { }, Ct);
        using var http = new HttpClient { BaseAddress = admin.Url };
        using (var on = await http.PostAsync("/admin/tracing?rate=1", null, Ct))
            Assert.Equal(HttpStatusCode.OK, on.StatusCode);

        // A stranger's own trace is not gone on with.
        await MakeAppAsync(("traceparent", "00-11111111111111111111111111111111-2222222222222222-00"));

        var spans = await SpansAsync(http, "users commit");
        string[] way = ["users commit", "users.create_app", "POST", "POST", "users.create_app", "POST", "POST", "POST"];
        Assert.Equal("sqlite", spans.Single(span => Name(span) == "users commit").GetProperty("tags").GetProperty("db.system.name").GetString());
        // gRPC's own span of a try lies between the call and the request.
        Assert.Equal(way, WayUp(spans, "users commit").Where(name => !name.StartsWith("Grpc", StringComparison.Ordinal))
            .Select(name => name.Split(' ')[0] == "POST" ? "POST" : name));
        var atWeb = spans.Single(span => Name(span) == "POST /api/v1/apps");
        Assert.Equal("200", atWeb.GetProperty("tags").GetProperty("http.response.status_code").GetString());
        var trace = spans[0].GetProperty("trace").GetString()!;
        Assert.NotEqual(new string('1', 32), trace);
        Assert.Contains("users commit", await http.GetStringAsync("/admin/tracing/" + trace, Ct), StringComparison.Ordinal);
        Assert.Contains(trace, await http.GetStringAsync("/admin/tracing", Ct), StringComparison.Ordinal);
        // Nor does who looks at it leave one.
        Assert.DoesNotContain("/admin", await http.GetStringAsync("/admin/tracing.json", Ct), StringComparison.Ordinal);
        using (var off = await http.PostAsync("/admin/tracing?rate=0", null, Ct))
            Assert.Equal(HttpStatusCode.OK, off.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync("/admin/tracing?rate=2", null, Ct)).StatusCode);
    }

    [Fact]
    public async Task Traces_and_metrics_are_sent_where_the_variables_say()
    {
        var sent = new ConcurrentDictionary<string, string>();
        await using var collector = Collector(sent);
        await collector.StartAsync(Ct);
        var variables = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.Single(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=trial",
        }).Build();
        using (var telemetry = Telemetry.Start("gateway", variables))
        {
            Assert.Equal(1, telemetry.Sampling.Rate);
            await MakeAppAsync();
        }

        Assert.Contains("users commit", sent["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("rpc.server.call.duration", sent["/v1/metrics"], StringComparison.Ordinal);
        Assert.All(sent.Values, body => Assert.Contains("roost-gateway", body, StringComparison.Ordinal));
        Assert.All(sent.Values, body => Assert.Contains("trial", body, StringComparison.Ordinal));
    }

    private T Opened<T>(T one)
        where T : IAsyncDisposable
    {
        _open.Add(one);
        return one;
    }

    private async Task MakeAppAsync(params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient { BaseAddress = _gateway.Url };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/apps")
        {
            Content = new FormUrlEncodedContent([new("client_name", "trial"), new("redirect_uris", "urn:ietf:wg:oauth:2.0:oob")]),
        };
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var made = await client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
    }

    /// <summary>Those of the trace that has a span of that name; all have ended, the gateway's own last.</summary>
    private static async Task<JsonElement[]> SpansAsync(HttpClient http, string name)
    {
        while (true)
        {
            using var traces = JsonDocument.Parse(await http.GetStringAsync("/admin/tracing.json", Ct));
            foreach (var trace in traces.RootElement.GetProperty("traces").EnumerateArray())
            {
                using var spans = JsonDocument.Parse(
                    await http.GetStringAsync("/admin/spans.json?trace=" + trace.GetProperty("id").GetString(), Ct));
                var all = spans.RootElement.Clone().EnumerateArray().ToArray();
                if (all.Any(span => Name(span) == name) && all.Any(span => !span.TryGetProperty("parent", out _))) return all;
            }
            await Task.Yield();
        }
    }

    private static string Name(JsonElement span) => span.GetProperty("name").GetString()!;

    /// <summary>From a span to the first of its trace.</summary>
    private static IEnumerable<string> WayUp(JsonElement[] spans, string name)
    {
        var at = spans.Single(span => Name(span) == name);
        while (true)
        {
            yield return Name(at);
            if (!at.TryGetProperty("parent", out var parent)) yield break;
            at = spans.Single(span => span.GetProperty("id").GetString() == parent.GetString());
        }
    }

    /// <summary>Keeps what it is sent, as letters.</summary>
    private static WebApplication Collector(ConcurrentDictionary<string, string> sent)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/v1/{signal}", async (HttpContext http) =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            var text = Encoding.Latin1.GetString(body.ToArray());
            sent.AddOrUpdate(http.Request.Path.Value!, text, (_, before) => before + text);
        });
        return app;
    }
}
