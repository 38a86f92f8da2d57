using System.IO.Compression;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>What people take along and bring along, on the pages of a whole server.</summary>
public sealed partial class DataPageTests : IAsyncLifetime
{
    private static readonly string[] _languages = ["en", "de"];

    private PopulatedServer _server = null!;
    private HttpClient _alice = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await PopulatedServer.StartAsync();
        _alice = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = _server.Url };
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["login"] = "alice",
            ["password"] = "the password of alice",
            ["form_token"] = await TokenAsync("/"),
        });
        Assert.Equal(HttpStatusCode.SeeOther, (await _alice.PostAsync("/sign-in", form, Ct)).StatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        _alice.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task What_was_taken_along_can_be_brought_back()
    {
        await _server.WriteAsync("post", new { status = "remember this" }, "bob");
        var domain = _server.Url.Authority;
        await _server.PostAsync(
            $"/api/v1/accounts/{_server["bob.id"]}/follow", new { reblogs = false, languages = _languages });
        await _server.PostAsync($"/api/v1/accounts/{_server["carol.id"]}/block");
        await _server.PostAsync($"/api/v1/accounts/{_server["bob.id"]}/mute", new { notifications = false });
        await _server.PostAsync($"/api/v1/statuses/{_server["post"]}/bookmark");
        await _server.PostAsync("/api/v1/domain_blocks", new { domain = "far.example" });
        _server.Keep("list", await _server.PostAsync("/api/v1/lists", new { title = "The \"choir\", all" }));
        await _server.PostAsync(
            $"/api/v1/lists/{_server["list"]}/accounts", new { account_ids = new[] { _server["bob.id"] } });
        var files = new Dictionary<string, string>();
        foreach (var kind in (string[])["follows", "blocks", "mutes", "bookmarks", "domain_blocks", "lists"])
            files[kind] = await _alice.GetStringAsync($"/settings/data/{kind}.csv", Ct);

        Assert.Equal(
            $"Account address,Show boosts,Notify on new posts,Languages\nbob@{domain},false,false,\"de, en\"\n",
            files["follows"]);
        Assert.Equal($"carol@{domain}\n", files["blocks"]);
        Assert.Equal($"Account address,Hide notifications\nbob@{domain},false\n", files["mutes"]);
        Assert.Equal($"{_server.Url}@bob/{_server["post"]}\n", files["bookmarks"]);
        Assert.Equal("far.example\n", files["domain_blocks"]);
        Assert.Equal($"\"The \"\"choir\"\", all\",bob@{domain}\n", files["lists"]);

        await _server.PostAsync($"/api/v1/accounts/{_server["bob.id"]}/unfollow");
        await _server.PostAsync($"/api/v1/accounts/{_server["bob.id"]}/unmute");
        await _server.PostAsync($"/api/v1/accounts/{_server["carol.id"]}/unblock");
        await _server.PostAsync($"/api/v1/statuses/{_server["post"]}/unbookmark");
        await _server.DeleteAsync($"/api/v1/lists/{_server["list"]}");
        await _server.DeleteAsync("/api/v1/domain_blocks", new { domain = "far.example" });
        foreach (var (kind, text) in files)
            Assert.Contains($"1 row taken in ({kind}).", await ImportAsync(kind, text));

        foreach (var (kind, text) in files)
            Assert.Equal(text, await _alice.GetStringAsync($"/settings/data/{kind}.csv", Ct));
    }

    [Fact]
    public async Task Rows_that_cannot_be_are_named_by_line_and_the_others_are_taken()
    {
        var told = await ImportAsync(
            "follows", "Account address,Show boosts\nnobody,true\nbob,maybe\ncarol@elsewhere.example,true\nalice,true\ncarol,true\n");

        Assert.Contains("1 row taken in (follows)", told);
        foreach (var line in (string[])[
            "Line 2, <code>nobody,true</code>: Nobody here is called that.",
            "Line 3, <code>bob,maybe</code>: &#x27;maybe&#x27; is neither true nor false.",
            "Line 4, <code>carol@elsewhere.example,true</code>: That is an account of another server",
            "Line 5, <code>alice,true</code>: That is you."])
        {
            Assert.Contains(line, told);
        }
        var relationship = await _server.GetAsync($"/api/v1/accounts/relationships?id[]={_server["carol.id"]}");
        Assert.True(relationship.Json[0].GetProperty("following").GetBoolean());
        Assert.Contains("There is no file", await ImportAsync("follows", ""));
        Assert.Contains("is no kind of file", await ImportAsync("secrets", "bob"));
        Assert.Contains("You do not follow this account", await ImportAsync("lists", "Choir,bob"));
    }

    [Fact]
    public async Task An_archive_has_all_posts_and_is_for_its_owner_only()
    {
        for (var i = 0; i < 45; i++)
            await _server.WriteAsync($"post {i}", new { status = $"post {i}", visibility = i % 2 == 0 ? "public" : "private" });
        await _server.WriteAsync("other", new { status = "not mine" }, "bob");
        _server.Keep("media", await Conformance.Visits.Media.UploadAsync(_server, "/api/v2/media"));
        await _server.WriteAsync("picture", new { status = "the sun", media_ids = new[] { _server["media"] } });

        await using var stream = await _alice.GetStreamAsync("/settings/data/archive.zip", Ct);
        using var whole = new MemoryStream();
        await stream.CopyToAsync(whole, Ct);
        await using var zip = new ZipArchive(whole, ZipArchiveMode.Read);
        using var posts = JsonDocument.Parse(await ReadAsync(zip, "posts.json"));
        using var account = JsonDocument.Parse(await ReadAsync(zip, "account.json"));

        Assert.Equal(46, posts.RootElement.GetArrayLength());
        Assert.Equal(_server["picture"], posts.RootElement[0].GetProperty("id").GetString());
        var picture = posts.RootElement[0].GetProperty("media_attachments")[0].GetProperty("url").GetString()!;
        Assert.NotNull(zip.GetEntry(new Uri(picture).AbsolutePath.TrimStart('/')));
        Assert.All(
            posts.RootElement.EnumerateArray(),
            post => Assert.Equal(_server["alice.id"], post.GetProperty("account").GetProperty("id").GetString()));
        Assert.Equal("alice", account.RootElement.GetProperty("username").GetString());
        Assert.StartsWith("Account address", await ReadAsync(zip, "follows.csv"));
        using var stranger = new HttpClient { BaseAddress = _server.Url };
        foreach (var path in (string[])["", "/archive.zip", "/follows.csv"])
        {
            Assert.Equal(
                HttpStatusCode.Forbidden, (await stranger.GetAsync("/settings/data" + path, Ct)).StatusCode);
        }
    }

    private static async Task<string> ReadAsync(ZipArchive zip, string name)
    {
        using var reader = new StreamReader(zip.GetEntry(name)!.Open());
        return await reader.ReadToEndAsync(Ct);
    }

    private async Task<string> ImportAsync(string kind, string text)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent(await TokenAsync("/settings/data")), "form_token" },
            { new StringContent(kind), "kind" },
            { new StringContent(text), "file", "file.csv" },
        };
        var reply = await _alice.PostAsync("/settings/data/import", form, Ct);
        return await reply.Content.ReadAsStringAsync(Ct);
    }

    private async Task<string> TokenAsync(string path) =>
        FormToken().Match(await _alice.GetStringAsync(path, Ct)).Groups[1].Value;

    [GeneratedRegex("name=\"form_token\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
