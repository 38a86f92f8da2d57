using System.Net;
using Roost.Services.Search;
using Roost.Services.Users;
using Roost.Tests.Services.Timelines;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Walks every address that can be read, as somebody who may not see a post, and looks for its words.</summary>
public sealed class WhoMaySeeTests : IAsyncLifetime
{
    private static readonly (string Visibility, string Secret)[] _posts =
        [("direct", "pomegranate"), ("private", "tangerine")];

    private PopulatedServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PopulatedServer.StartAsync();
        await MakePeopleAsync("mentioned", "blocked", "follower", "stranger");
        await _server.PostAsync($"/api/v1/accounts/{_server["alice.id"]}/follow", token: "follower");
        await _server.WriteAsync("parent", new { status = "for all" });
        foreach (var (visibility, secret) in _posts) await MakeAsync(visibility, secret);
        await _server.PostAsync($"/api/v1/accounts/{_server["blocked.id"]}/block");
        await _server.Node.Search.Ingested(new AwaitIngest(), TestNetwork.Call);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Whoever_may_not_see_a_post_meets_its_words_nowhere()
    {
        foreach (var who in (string?[])[null, "stranger", "blocked", "follower", "mentioned"])
        {
            var found = new Dictionary<string, List<string>>();
            foreach (var path in Paths())
            {
                var reply = await _server.GetAsync(path, who);
                Assert.True((int)reply.Status < 500, $"{path} answers {reply.Status} to {who}: {reply.Body}");
                foreach (var (visibility, secret) in _posts)
                {
                    if (!reply.Body.Contains(secret, StringComparison.OrdinalIgnoreCase)) continue;
                    if (!found.TryGetValue(visibility, out var paths)) found[visibility] = paths = [];
                    paths.Add(path);
                }
            }

            Assert.Equal(
                who switch { "mentioned" => ["direct", "private"], "follower" => ["private"], _ => (string[])[] },
                found.Keys.Order());
            foreach (var (visibility, paths) in found) LookAt(visibility, who!, paths);
        }
    }

    [Fact]
    public async Task Whoever_may_not_see_a_post_can_do_nothing_with_it()
    {
        foreach (var (visibility, _) in _posts)
        {
            var post = $"/api/v1/statuses/{_server[visibility]}";
            foreach (var who in (string[])["stranger", "blocked"])
            {
                foreach (var action in (string[])["favourite", "unfavourite", "reblog", "unreblog", "bookmark", "mute"])
                    (await _server.PostAsync($"{post}/{action}", token: who)).Is(HttpStatusCode.NotFound);
                (await _server.PutAsync(post, new { status = "x" }, who)).Is(HttpStatusCode.NotFound);
                (await _server.DeleteAsync(post, token: who)).Is(HttpStatusCode.NotFound);
                (await _server.PostAsync(
                    "/api/v1/statuses", new { status = "x", in_reply_to_id = _server[visibility] }, who))
                    .Is(HttpStatusCode.NotFound);
            }
            (await _server.PostAsync($"{post}/reblog", token: "mentioned")).Is(HttpStatusCode.NotFound);
            (await _server.PostAsync($"{post}/favourite", token: "mentioned")).Is(HttpStatusCode.OK);
        }
    }

    /// <summary>Where a post is found by who may see it.</summary>
    private void LookAt(string visibility, string who, List<string> paths)
    {
        var post = $"/api/v1/statuses/{_server[visibility]}";
        Assert.Contains(post, paths);
        Assert.Contains($"{post}/history", paths);
        Assert.Contains($"/api/v1/statuses/{_server["parent"]}/context", paths);
        Assert.Equal(visibility == "direct", paths.Contains("/api/v1/conversations"));
        Assert.Equal(visibility == "direct", paths.Contains("/api/v1/timelines/direct"));
        Assert.Equal(visibility == "private" && who == "follower", paths.Contains("/api/v1/timelines/home"));
        Assert.DoesNotContain("/api/v1/timelines/public", paths);
        Assert.DoesNotContain("/api/v1/timelines/tag/plum", paths);
    }

    /// <summary>Without passwords, which take their time.</summary>
    private async Task MakePeopleAsync(params string[] names)
    {
        var users = _server.Node.Users;
        var drafts = names.Select(name => new AccountDraft(name, name, TimeProvider.System.GetUtcNow()));
        var ids = await users.Import(new ImportAccounts([.. drafts]), TestNetwork.Call);
        var app = await users.FindApp(new FindApp(_server["client_id"], null), TestNetwork.Call);
        for (var i = 0; i < names.Length; i++)
        {
            var token = await users.CreateToken(new CreateToken(app!.Id, ids[i], "read write follow"), TestNetwork.Call);
            (_server[names[i]], _server[names[i] + ".id"]) = (token.Value, ids[i].ToString());
        }
    }

    /// <summary>Alice names two; what she posted was edited, and is answered.</summary>
    private async Task MakeAsync(string visibility, string secret)
    {
        await _server.WriteAsync(visibility, new
        {
            status = $"@mentioned @blocked {secret} #plum",
            visibility,
            in_reply_to_id = _server["parent"],
        });
        await _server.PutAsync(
            $"/api/v1/statuses/{_server[visibility]}", new { status = $"@mentioned @blocked a ripe {secret} #plum" });
        await _server.WriteAsync($"{visibility}.answer", new { status = "yes", in_reply_to_id = _server[visibility] });
        await _server.PostAsync($"/api/v1/statuses/{_server[visibility]}/favourite");
    }

    /// <summary>Every route that is read, with every id that there is, and addresses that need a query.</summary>
    private IEnumerable<string> Paths()
    {
        string[] ids = [
            _server["direct"], _server["private"], _server["parent"], _server["direct.answer"], _server["private.answer"],
            _server["alice.id"], "1"];
        var paths = new List<string>
        {
            "/api/v2/search?q=from:alice", "/api/v1/timelines/public?local=true",
            $"/api/v1/accounts/{_server["alice.id"]}/statuses?only_media=true",
        };
        foreach (var (visibility, secret) in _posts)
        {
            var address = $"/@alice/{_server[visibility]}";
            paths.AddRange([
                $"/api/v2/search?q={secret}", $"/api/v2/search?q={secret}&type=statuses", address, address + "0",
                $"/api/v1/statuses?id[]={_server[visibility]}", $"/@alice/{_server[visibility + ".answer"]}",
                $"/api/v2/search?q={Uri.EscapeDataString(_server.Url.GetLeftPart(UriPartial.Authority) + address)}&resolve=true"]);
        }
        foreach (var route in _server.Routes)
        {
            var methods = route.Metadata.GetMetadata<Microsoft.AspNetCore.Routing.HttpMethodMetadata>()?.HttpMethods;
            if (methods?.Contains("GET") is not true || route.RoutePattern.RawText is not { } pattern) continue;
            if (pattern.Contains("**", StringComparison.Ordinal) || pattern.Contains("streaming", StringComparison.Ordinal)
                || pattern.StartsWith("/live/", StringComparison.Ordinal))
            {
                continue;
            }
            pattern = pattern.Replace("{hashtag}", "plum", StringComparison.Ordinal)
                .Replace("{name}", "alice", StringComparison.Ordinal).Replace("{key}", "x", StringComparison.Ordinal);
            if (!pattern.StartsWith('/')) pattern = "/" + pattern;
            if (!pattern.Contains("{id}", StringComparison.Ordinal)) paths.Add(pattern);
            else paths.AddRange(ids.Select(id => pattern.Replace("{id}", id, StringComparison.Ordinal)));
        }
        return paths.Distinct();
    }
}
