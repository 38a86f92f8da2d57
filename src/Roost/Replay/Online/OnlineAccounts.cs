using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Roost.Rpc;

namespace Roost.Replay.Online;

/// <summary>An account that the player acts for.</summary>
internal sealed record OnlineAccount(string Id, string Username, string Token);

/// <summary>Registers the accounts of a network with a server, or signs in to those that are there from an earlier
/// run.</summary>
internal sealed class OnlineAccounts(ClientApi api, OnlineOptions options)
{
    private const string Scopes = "read write follow";

    // Servers count attempts to sign in that are still being looked at as wrong ones, and refuse an address after
    // about ten.
    private const int SignInsAtOnce = 4;

    private const string OutOfBand = "urn:ietf:wg:oauth:2.0:oob";

    public async Task<OnlineAccount[]> OpenAsync(string[] usernames, Action<long, long>? progress, CancellationToken ct)
    {
        var app = await api.PostAsync(
            "/api/v1/apps",
            new JsonObject { ["client_name"] = "roost replay", ["redirect_uris"] = OutOfBand, ["scopes"] = Scopes },
            null, ct);
        var (clientId, clientSecret) = (Text(app, "client_id"), Text(app, "client_secret"));
        var appToken = Text(
            await api.PostAsync("/oauth/token", Grant("client_credentials", clientId, clientSecret), null, ct),
                "access_token");

        using var signIns = new SemaphoreSlim(SignInsAtOnce);
        var session = new Session(clientId, clientSecret, appToken, signIns);
        var accounts = new OnlineAccount[usernames.Length];
        var opened = 0;
        await Parallel.ForAsync(0, usernames.Length, Parallelism(ct), async (i, token) =>
        {
            accounts[i] = await OpenAsync(usernames[i], session, token);
            progress?.Invoke(Interlocked.Increment(ref opened), usernames.Length);
        });
        return accounts;
    }

    public async Task FollowAsync(OnlineAccount[] accounts, FollowEdge[] follows, Action<long, long>? progress,
        CancellationToken ct)
    {
        var done = 0;
        await Parallel.ForAsync(0, follows.Length, Parallelism(ct), async (i, token) =>
        {
            var (follower, followee) = follows[i];
            await api.PostAsync($"/api/v1/accounts/{accounts[followee].Id}/follow", null, accounts[follower].Token,
                token);
            progress?.Invoke(Interlocked.Increment(ref done), follows.Length);
        });
    }

    private ParallelOptions Parallelism(CancellationToken ct) =>
        new() { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = ct };

    private sealed record Session(string ClientId, string ClientSecret, string AppToken, SemaphoreSlim SignIns);

    private async Task<OnlineAccount> OpenAsync(string username, Session session, CancellationToken ct)
    {
        var password = PasswordOf(username);
        var registration = new JsonObject
        {
            ["username"] = username,
            ["email"] = $"{username}@replay.example",
            ["password"] = password,
            ["agreement"] = true,
            ["locale"] = "en",
        };
        // 422 is most likely an account of an earlier run (or of an attempt whose answer was lost): signing in will
        // tell.
        var token = await api.PostUnlessUnacceptableAsync("/api/v1/accounts", registration, session.AppToken, ct)
            ?? await SignInAsync(username, password, session, ct);
        var bearer = Text(token, "access_token");
        var (self, _) = await api.GetAsync("/api/v1/accounts/verify_credentials", bearer, ct);
        return new OnlineAccount(Text(self, "id"), username, bearer);
    }

    private async Task<JsonNode> SignInAsync(string username, string password, Session session, CancellationToken ct)
    {
        var grant = Grant("password", session.ClientId, session.ClientSecret);
        grant["username"] = username;
        grant["password"] = password;
        await session.SignIns.WaitAsync(ct);
        try
        {
            return await api.PostAsync("/oauth/token", grant, null, ct);
        }
        catch (ServiceException e) when (e.Code == ErrorCode.Invalid)
        {
            throw new ServiceException(
                ErrorCode.Forbidden,
                $"The server has an account {username} already, and it cannot be signed in to. Give the --secret of "
                    + $"the run that made it, or an empty server.",
                e.Message, e);
        }
        finally
        {
            session.SignIns.Release();
        }
    }

    private static JsonObject Grant(string type, string clientId, string clientSecret) => new()
    {
        ["grant_type"] = type,
        ["client_id"] = clientId,
        ["client_secret"] = clientSecret,
        ["redirect_uri"] = OutOfBand,
        ["scope"] = Scopes,
    };

    /// <summary>32 hexadecimal digits of HMAC-SHA-256: 128 bits that only who knows the secret can compute.</summary>
    private string PasswordOf(string username) => Convert.ToHexStringLower(
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(options.Secret), Encoding.UTF8.GetBytes(username)))[..32];

    private static string Text(JsonNode node, string field) => node[field]?.GetValue<string>()
        ?? throw new ServiceException(ErrorCode.Internal,
            $"The server's answer has no {field}. Is this a Mastodon-compatible server?");
}
