using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace Roost.Tests.Web;

public sealed class OAuthTests
{
    private const string Redirect = "com.example.app:/done";
    private const string OutOfBand = "urn:ietf:wg:oauth:2.0:oob";
    private const string Verifier = "a-verifier-of-at-least-forty-three-characters-0123456789";

    private static readonly string _challenge =
        Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    [Fact]
    public async Task An_app_registers_by_form_or_by_json_with_several_redirect_uris()
    {
        await using var host = await WebHost.StartAsync();

        var form = (await host.PostFormAsync(
            "/api/v1/apps", null, ("client_name", "A"), ("redirect_uris", $"{Redirect}\n{OutOfBand}"),
            ("scopes", "read write"))).Json;
        var json = (await host.PostJsonAsync(
            "/api/v1/apps", null,
            $$"""{"client_name":"B","redirect_uris":["{{OutOfBand}}"],"website":"https://b.example"}""")).Json;

        Assert.Equal([Redirect, OutOfBand],
            form.GetProperty("redirect_uris").EnumerateArray().Select(u => u.GetString()));
        Assert.Equal($"{Redirect}\n{OutOfBand}", form.GetProperty("redirect_uri").GetString());
        Assert.Equal(0, form.GetProperty("client_secret_expires_at").GetInt64());
        foreach (var name in (string[])["id", "name", "website", "client_id", "client_secret", "vapid_key", "scopes"])
            Assert.True(json.TryGetProperty(name, out _), name);
    }

    [Theory]
    [InlineData("", Redirect, "read", "client_name")]
    [InlineData("A", "", "read", "redirect_uris")]
    [InlineData("A", "javascript:alert(1)", "read", "javascript")]
    [InlineData("A", "/relative", "read", "absolute")]
    [InlineData("A", "https://a.example/#x", "read", "fragment")]
    [InlineData("A", Redirect, "read admin:everything", "scopes")]
    public async Task A_wrong_registration_says_what_is_wrong(string name, string redirect, string scopes, string word)
    {
        await using var host = await WebHost.StartAsync();

        var reply = await host.PostFormAsync(
            "/api/v1/apps", null, ("client_name", name), ("redirect_uris", redirect), ("scopes", scopes));

        reply.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains(word, reply.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_code_with_its_verifier_becomes_a_token_once_without_any_secret()
    {
        await using var host = await WebHost.StartAsync();
        var browser = await SignedInAsync(host);
        await RegisterAsync(host, Redirect, "read write");
        var code = await AllowAsync(browser, $"&code_challenge={_challenge}&code_challenge_method=S256&state=s%26t");

        var reply = await RedeemAsync(host, code, ("code_verifier", Verifier));
        var again = await RedeemAsync(host, code, ("code_verifier", Verifier));

        reply.Is(HttpStatusCode.OK);
        Assert.Equal("Bearer", reply.Json.GetProperty("token_type").GetString());
        Assert.Equal("read write", reply.Json.GetProperty("scope").GetString());
        Assert.True(reply.Json.GetProperty("created_at").GetInt64() > 0);
        Assert.Equal("no-store", reply.Header("Cache-Control"));
        var token = reply.Json.GetProperty("access_token").GetString();
        Assert.Equal("alice",
            (await host.GetAsync("/api/v1/accounts/verify_credentials", token)).Json.GetProperty("acct").GetString());
        again.Is(HttpStatusCode.BadRequest);
        Assert.Equal("invalid_grant", again.Json.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("code_verifier", "another-verifier-of-at-least-forty-three-characters-01234", "invalid_grant")]
    [InlineData("code_verifier", "short", "invalid_grant")]
    [InlineData("state", "no-verifier-at-all", "invalid_grant")]
    [InlineData("redirect_uri", "com.example.other:/done", "invalid_grant")]
    public async Task A_code_is_worth_nothing_without_its_verifier_and_redirect_uri(string name, string value,
        string error)
    {
        await using var host = await WebHost.StartAsync();
        var browser = await SignedInAsync(host);
        await RegisterAsync(host, Redirect, "read");
        var code = await AllowAsync(browser, $"&code_challenge={_challenge}&code_challenge_method=S256");

        var reply = await RedeemAsync(host, code, (name, value));

        reply.Is(HttpStatusCode.BadRequest);
        Assert.Equal(error, reply.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_code_without_challenge_needs_the_secret_and_refuses_a_verifier()
    {
        await using var host = await WebHost.StartAsync();
        var browser = await SignedInAsync(host);
        await RegisterAsync(host, Redirect, "read");

        (await RedeemAsync(host, await AllowAsync(browser, ""))).Is(HttpStatusCode.Unauthorized);
        (await RedeemAsync(host, await AllowAsync(browser, ""), ("client_secret", "secret-1"),
            ("code_verifier", Verifier)))
            .Is(HttpStatusCode.BadRequest);
        (await RedeemAsync(host, await AllowAsync(browser, ""), ("client_secret", "wrong")))
            .Is(HttpStatusCode.Unauthorized);
        (await RedeemAsync(host, await AllowAsync(browser, ""), ("client_secret", "secret-1"))).Is(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("&code_challenge=abc&code_challenge_method=plain", "invalid_request")]
    [InlineData("&code_challenge=abc", "invalid_request")]
    [InlineData("&scope=write", "invalid_scope")]
    [InlineData("&scope=read%20no:such", "invalid_scope")]
    [InlineData("&response_type=token", "unsupported_response_type")]
    public async Task A_wrong_request_goes_back_to_the_app_with_its_state(string extra, string error)
    {
        await using var host = await WebHost.StartAsync();
        await RegisterAsync(host, Redirect, "read");

        var reply = await host.GetAsync(AuthorizeUrl(Redirect, extra + "&state=xyz"));

        reply.Is(HttpStatusCode.SeeOther);
        var location = reply.Header("Location")!;
        Assert.StartsWith($"{Redirect}?error={error}&error_description=", location, StringComparison.Ordinal);
        Assert.EndsWith("&state=xyz", location, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("client-1", "https://evil.example/")]
    [InlineData("client-1", Redirect + "/more")]
    [InlineData("nobody", Redirect)]
    public async Task Nothing_is_sent_to_an_address_that_is_not_registered(string client, string redirect)
    {
        await using var host = await WebHost.StartAsync();
        await RegisterAsync(host, Redirect, "read");

        var reply =
            await host.GetAsync(AuthorizeUrl(redirect, "").Replace("client-1", client, StringComparison.Ordinal));

        reply.Is(HttpStatusCode.BadRequest);
        Assert.Null(reply.Header("Location"));
        Assert.StartsWith("text/html", reply.Header("Content-Type"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Out_of_band_the_code_is_shown_and_works()
    {
        await using var host = await WebHost.StartAsync();
        var browser = await SignedInAsync(host);
        await RegisterAsync(host, OutOfBand, "read write follow");

        var ask =
            await browser.GetAsync(AuthorizeUrl(OutOfBand, "")
                .Replace("/authorize", "/authorize/", StringComparison.Ordinal));
        var page = await browser.SubmitAsync(ask, "/oauth/authorize", ("decision", "allow"));

        page.Is(HttpStatusCode.OK);
        var code = Browser.Between(page.Body, "<code class=\"code\">", "</code>");
        var token = await host.PostJsonAsync("/oauth/token", null, $$"""
            {"grant_type":"authorization_code","code":"{{code}}","client_id":"client-1","client_secret":"secret-1",
             "redirect_uri":"{{OutOfBand}}"}
            """);
        token.Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Who_denies_sends_the_app_away_and_who_is_a_stranger_signs_in_first()
    {
        await using var host = await WebHost.StartAsync();
        var browser = await SignedInAsync(host);
        await RegisterAsync(host, Redirect, "read");

        var ask = await browser.GetAsync(AuthorizeUrl(Redirect, ""));
        var denied = await browser.SubmitAsync(ask, "/oauth/authorize", ("decision", "deny"));
        var stranger = await host.GetAsync(AuthorizeUrl(Redirect, ""));
        var forced = await browser.GetAsync(AuthorizeUrl(Redirect, "&force_login=true"));

        Assert.StartsWith($"{Redirect}?error=access_denied", denied.Header("Location"), StringComparison.Ordinal);
        Assert.Contains("form-action 'self' com.example.app:", ask.Header("Content-Security-Policy"),
            StringComparison.Ordinal);
        Assert.Contains("name=\"password\"", stranger.Body, StringComparison.Ordinal);
        Assert.Contains("name=\"password\"", forced.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "force_login", Browser.Between(forced.Body, "action=\"/sign-in\"", "</form>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_app_gets_its_own_token_by_basic_authentication_but_never_more_than_it_registered()
    {
        await using var host = await WebHost.StartAsync();
        await RegisterAsync(host, Redirect, "read:accounts write:accounts");
        host.Client.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String("client-1:secret-1"u8));

        var granted = await host.PostFormAsync(
            "/oauth/token", null, ("grant_type", "client_credentials"), ("scope", "read:accounts"));
        var tooMuch =
            await host.PostFormAsync("/oauth/token", null, ("grant_type", "client_credentials"), ("scope", "read"));

        granted.Is(HttpStatusCode.OK);
        tooMuch.Is(HttpStatusCode.BadRequest);
        Assert.Equal("invalid_scope", tooMuch.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Wrong_passwords_are_counted_by_address_and_right_ones_are_not()
    {
        await using var host = await WebHost.StartAsync(o => o with { WrongPasswordsMax = 2 });
        host.Network.AddAccount("alice");
        await RegisterAsync(host, Redirect, "read");
        Task<Reply> Try(string password) => host.PostFormAsync(
            "/oauth/token", null, ("grant_type", "password"), ("client_id", "client-1"), ("client_secret", "secret-1"),
            ("username", "alice"), ("password", password));

        for (var i = 0; i < 5; i++) (await Try("correct horse")).Is(HttpStatusCode.OK);
        (await Try("wrong")).Is(HttpStatusCode.BadRequest);
        (await Try("wrong")).Is(HttpStatusCode.BadRequest);
        var refused = await Try("correct horse");

        refused.Is(HttpStatusCode.TooManyRequests);
        Assert.True(int.Parse(refused.Header("Retry-After")!,
            System.Globalization.CultureInfo.InvariantCulture) is > 0 and <= 30);
    }

    [Theory]
    [InlineData("", "invalid_request")]
    [InlineData("refresh_token", "unsupported_grant_type")]
    [InlineData("authorization_code", "invalid_request")]
    [InlineData("password", "invalid_request")]
    public async Task A_wrong_token_request_names_its_fault(string grantType, string error)
    {
        await using var host = await WebHost.StartAsync();
        await RegisterAsync(host, Redirect, "read");

        var reply = await host.PostFormAsync(
            "/oauth/token", null, ("grant_type", grantType), ("client_id", "client-1"), ("client_secret", "secret-1"));

        reply.Is(HttpStatusCode.BadRequest);
        Assert.Equal(error, reply.Json.GetProperty("error").GetString());
        Assert.NotEmpty(reply.Json.GetProperty("error_description").GetString()!);
    }

    [Fact]
    public async Task A_revoked_token_opens_nothing_and_revoking_twice_is_fine()
    {
        await using var host = await WebHost.StartAsync();
        await RegisterAsync(host, Redirect, "read");
        var token = (await host.PostFormAsync(
            "/oauth/token", null, ("grant_type", "client_credentials"), ("client_id", "client-1"),
            ("client_secret", "secret-1")))
            .Json.GetProperty("access_token").GetString()!;
        (string, string)[] form = [("token", token), ("client_id", "client-1"), ("client_secret", "secret-1")];

        Assert.Equal("{}", (await host.PostFormAsync("/oauth/revoke", null, form)).Body);
        Assert.Equal("{}", (await host.PostFormAsync("/oauth/revoke", null, form)).Body);
        (await host.GetAsync("/api/v1/apps/verify_credentials", token)).Is(HttpStatusCode.Unauthorized);
        (await host.PostFormAsync("/oauth/revoke", null, ("token", token), ("client_id", "nobody")))
            .Is(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_metadata_names_the_endpoints_at_the_public_url()
    {
        await using var host = await WebHost.StartAsync();

        var json = (await host.GetAsync("/.well-known/oauth-authorization-server")).Json;

        Assert.Equal("http://roost.example:3000/oauth/token", json.GetProperty("token_endpoint").GetString());
        Assert.Equal(["S256"],
            json.GetProperty("code_challenge_methods_supported").EnumerateArray().Select(m => m.GetString()));
    }

    private static async Task<Browser> SignedInAsync(WebHost host)
    {
        host.Network.AddAccount("alice");
        var browser = new Browser(host);
        await browser.SignInAsync("alice", "correct horse");
        return browser;
    }

    private static async Task RegisterAsync(WebHost host, string redirect, string scopes) =>
        (await host.PostFormAsync("/api/v1/apps", null, ("client_name", "A"), ("redirect_uris", redirect),
            ("scopes", scopes)))
            .Is(HttpStatusCode.OK);

    private static string AuthorizeUrl(string redirect, string extra)
    {
        var type = extra.Contains("response_type", StringComparison.Ordinal) ? "" : "&response_type=code";
        var scope = extra.Contains("scope", StringComparison.Ordinal) ? "" : "&scope=read";
        return $"/oauth/authorize?client_id=client-1&redirect_uri={Uri.EscapeDataString(redirect)}{type}{scope}{extra}";
    }

    private static async Task<string> AllowAsync(Browser browser, string extra)
    {
        var scope = extra.Contains("state=s", StringComparison.Ordinal) ? "&scope=read+write" : "";
        var ask = await browser.GetAsync(AuthorizeUrl(Redirect, extra + scope));
        ask.Is(HttpStatusCode.OK);
        var answer = await browser.SubmitAsync(ask, "/oauth/authorize", ("decision", "allow"));
        answer.Is(HttpStatusCode.SeeOther);
        var location = answer.Header("Location")!;
        Assert.StartsWith(Redirect + "?code=", location, StringComparison.Ordinal);
        if (scope.Length > 0) Assert.EndsWith("&state=s%26t", location, StringComparison.Ordinal);
        return location[(Redirect + "?code=").Length..].Split('&')[0];
    }

    private static Task<Reply> RedeemAsync(WebHost host, string code, params (string Name, string Value)[] extra)
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["client_id"] = "client-1",
            ["redirect_uri"] = Redirect,
        };
        foreach (var (name, value) in extra) form[name] = value;
        return host.PostFormAsync("/oauth/token", null, [.. form.Select(f => (f.Key, f.Value))]);
    }
}
