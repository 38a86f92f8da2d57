using System.Net;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web.Recorded;

/// <summary>
/// Plays recorded exchanges to our server. The recordings do not tell who asked, so each request is made as one after
/// the other of those who took part, until the status is the recorded one, and of those who only read the one is taken whose
/// answer is most like the recorded one.
/// </summary>
internal sealed class ReplayedServer(PopulatedServer server)
{
    // Nobody may be called admin here.
    private const string TheirAdmin = "admin";
    private const string OurAdmin = "chief";
    private static readonly string[] _people =
        ["mastodonpy_test", "mastodonpy_test_2", OurAdmin, OurAdmin + "2"];

    private readonly HashSet<string> _routes =
        [.. server.Routes.SelectMany(MethodsAndPaths).Select(one => ApiOperation.ShapeOf(one.Method, one.Path))];
    private IdMap _ids = new();
    private string? _source;

    public async Task JoinAsync()
    {
        foreach (var name in _people) await server.JoinAsync(name);
        await server.PatchAsync("/api/v1/accounts/update_credentials", new { locked = true }, _people[0]);
        Assert.True(AccountId.TryParse(server[$"{OurAdmin}.id"], out var owner));
        await server.Node.Moderation.Change(
            new ChangeStanding(owner, Role: AccountRole.Owner), Call.Until(TestContext.Current.CancellationToken));
    }

    // Some recordings end with people suspended or signed out.
    private async Task RestoreAsync()
    {
        foreach (var name in _people)
        {
            if ((await server.GetAsync("/api/v1/accounts/verify_credentials", name)).Status == HttpStatusCode.OK) continue;
            Assert.True(AccountId.TryParse(server[$"{name}.id"], out var id));
            await server.Node.Moderation.Change(
                new ChangeStanding(id, Suspended: false, Disabled: false, Silenced: false, Sensitized: false),
                Call.Until(TestContext.Current.CancellationToken));
            server.Keep(name, await server.TokenAsync(
                new { grant_type = "password", username = name, password = $"the password of {name}" }), "access_token");
        }
    }

    /// <returns>Null where we have no such route, or the request was not recorded whole.</returns>
    public async Task<IReadOnlyList<string>?> PlayAsync(Exchange exchange)
    {
        if (!IsRouted(exchange) || exchange.IsCut) return null;
        if (exchange.Source != _source)
        {
            (_source, _ids) = (exchange.Source, new IdMap());
            await RestoreAsync();
        }
        LearnPeople(exchange.Json);
        var reply = await AskAsync(exchange);
        var differences = Differences(exchange, reply);
        if (IsJson(reply)) _ids.Learn(exchange.Json, reply.Json);
        return differences;
    }

    private static IReadOnlyList<string> Differences(Exchange exchange, Reply reply) =>
        (int)reply.Status != exchange.Status
            ? [$"answers {(int)reply.Status}, not {exchange.Status}: {ErrorOf(reply)}"]
            : [.. HeaderDifferences(exchange, reply), .. BodyDifferences(exchange, reply)];

    private static IEnumerable<string> BodyDifferences(Exchange exchange, Reply reply)
    {
        if (exchange.Json.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return [];
        return IsJson(reply) ? Shapes.Differences(exchange.Json, reply.Json) : ["is not JSON"];
    }

    private static bool IsJson(Reply reply) =>
        reply.Header("Content-Type")?.StartsWith("application/json", StringComparison.Ordinal) == true;

    private static IEnumerable<string> HeaderDifferences(Exchange exchange, Reply reply)
    {
        foreach (var name in (string[])["Content-Type", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"])
        {
            if (exchange.Headers.TryGetValue(name, out var theirs) && reply.Header(name) is not { } ours)
                yield return $"has no {name}";
        }
    }

    private async Task<Reply> AskAsync(Exchange exchange)
    {
        if (AskerOf(exchange) is { } known) return await SendAsync(exchange, known);
        var path = PathOf(exchange);
        Reply? best = null;
        foreach (var person in (string?[])[.. _people.Where(one => !IsAbout(one, exchange.Method, path)), "app", null])
        {
            var reply = await SendAsync(exchange, person);
            if (IsRight(exchange, reply)) return reply;
            if (best is null || Distance(exchange, reply) < Distance(exchange, best)) best = reply;
        }
        return best!;
    }

    private static int Distance(Exchange exchange, Reply reply) =>
        (int)reply.Status == exchange.Status ? Differences(exchange, reply).Count : int.MaxValue;

    // Reading leaves nothing behind, so that the one who reads most nearly what was read may be looked for.
    private static bool IsRight(Exchange exchange, Reply reply) => exchange.Method == HttpMethod.Get
        ? Differences(exchange, reply).Count == 0
        : (int)reply.Status == exchange.Status;

    private string PathOf(Exchange exchange) => _ids.InPath(InOurWords(exchange.Path))
        .Replace("localhost%3A3000", Uri.EscapeDataString(server.Url.Authority), StringComparison.Ordinal);

    // Nobody follows, blocks or notes down something about oneself.
    private bool IsAbout(string person, HttpMethod method, string path) => method == HttpMethod.Post
        && path.Contains($"/accounts/{server[$"{person}.id"]}/", StringComparison.Ordinal);

    private Task<Reply> SendAsync(Exchange exchange, string? person)
    {
        var content = BodyAgain.Of(exchange.Body?.Replace(TheirAdmin, OurAdmin), _ids, name => name switch
        {
            "client_id" => server["client_id"],
            "client_secret" => server["client_secret"],
            "password" => $"the password of {_people[1]}",
            _ => null,
        });
        return server.SendAsync(exchange.Method, PathOf(exchange), person, content);
    }

    // What one made, and oneself, comes back with one's own name.
    private static string? AskerOf(Exchange exchange)
    {
        var path = exchange.Path.Split('?')[0];
        var who = (exchange.Method.Method, path) switch
        {
            ("GET", "/api/v1/accounts/verify_credentials") => exchange.Json,
            ("PATCH", "/api/v1/accounts/update_credentials") => exchange.Json,
            ("POST", "/api/v1/statuses") when exchange.Json.TryGetProperty("account", out var account) => account,
            _ => default,
        };
        return who.ValueKind == JsonValueKind.Object && who.TryGetProperty("username", out var name)
            && InOurWords(name.GetString()!) is var ours && _people.Contains(ours)
                ? ours
                : null;
    }

    // Of a path only what names people: the routes for administrators are called by that name too.
    private static string InOurWords(string text) =>
        text.Replace("=" + TheirAdmin, "=" + OurAdmin) is var path && path.StartsWith(TheirAdmin, StringComparison.Ordinal)
            ? OurAdmin + path[TheirAdmin.Length..]
            : path;

    // The recordings were made with several servers, on which people have other ids.
    private void LearnPeople(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in json.EnumerateArray()) LearnPeople(item);
        }
        if (json.ValueKind != JsonValueKind.Object) return;
        if (json.TryGetProperty("username", out var name) && name.ValueKind == JsonValueKind.String
            && json.TryGetProperty("id", out var id) && InOurWords(name.GetString()!) is var ours
            && _people.Contains(ours))
            _ids.Learn(id.GetString()!, server[$"{ours}.id"]);
        foreach (var member in json.EnumerateObject()) LearnPeople(member.Value);
    }

    private bool IsRouted(Exchange exchange)
    {
        var parts = exchange.Path.Split('?')[0].Trim('/').Split('/');
        return _routes.Any(route =>
        {
            var (method, path) = (route.Split(' ')[0], route.Split(' ')[1].Trim('/').Split('/'));
            return method == exchange.Method.Method && path.Length == parts.Length
                && path.Zip(parts).All(pair => pair.First == "{}" || pair.First == pair.Second);
        });
    }

    private static IEnumerable<(string Method, string Path)> MethodsAndPaths(
        Microsoft.AspNetCore.Routing.RouteEndpoint route) =>
        route.Metadata.OfType<Microsoft.AspNetCore.Routing.HttpMethodMetadata>().SelectMany(one => one.HttpMethods)
            .Select(method => (method, route.RoutePattern.RawText!));

    private static string ErrorOf(Reply reply) => reply.Body.Length <= 120 ? reply.Body : reply.Body[..120];
}
