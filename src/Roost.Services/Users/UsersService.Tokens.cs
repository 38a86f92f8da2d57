using System.Security.Cryptography;
using Roost.Rpc;

namespace Roost.Services.Users;

public sealed partial class UsersService
{
    private const int AppNameCharactersMax = 200;
    private const int UriCharactersMax = 2000;
    private const int RedirectUrisMax = 20;
    private const int ScopesCharactersMax = 1000;

    private readonly BoundedCache<SecretHash, Token> _tokens;
    private readonly BoundedCache<string, StoredApp> _apps;

    private async ValueTask<App> CreateAppAsync(CreateApp request, Call call)
    {
        Require(!string.IsNullOrWhiteSpace(request.Name), "An app needs a name");
        Require(request.Name.Length <= AppNameCharactersMax,
            $"An app's name has at most {AppNameCharactersMax} characters");
        Require(request.Website is null || request.Website.Length <= UriCharactersMax, "The app's website is too long");
        Require(request.RedirectUris is { Count: >= 1 and <= RedirectUrisMax },
            $"An app has 1 to {RedirectUrisMax} redirect URIs");
        foreach (var uri in request.RedirectUris)
        {
            Require(IsRedirectUri(uri), $"'{Shorten(uri)}' cannot be a redirect URI");
        }
        RequireScopes(request.Scopes);
        var secret = Secrets.Create();
        var stored = await _store.CreateAppAsync(
            request, Secrets.Create(), Secrets.Hash(secret), _time.GetUtcNow(), call.Cancellation);
        return stored.App with { Secret = secret };
    }

    private ValueTask<App?> FindAppAsync(FindApp request, Call call)
    {
        var stored = FindStoredApp(request.ClientId);
        if (stored is null || request.Secret is null) return new ValueTask<App?>(stored?.App);
        var matches = Secrets.TryHash(request.Secret, out var hash)
            && CryptographicOperations.FixedTimeEquals(hash.ToBytes(), stored.SecretHash.ToBytes());
        return new ValueTask<App?>(matches ? stored.App : null);
    }

    private StoredApp? FindStoredApp(string? clientId)
    {
        if (clientId is not { Length: Secrets.TextLength }) return null;
        if (_apps.TryGet(clientId, out var cached)) return cached;
        var version = _apps.Version;
        var stored = _store.FindApp(clientId);
        if (stored is not null) _apps.TryFill(clientId, stored, version);
        return stored;
    }

    private async ValueTask<string> CreateGrantAsync(CreateGrant request, Call call)
    {
        RequireScopes(request.Scopes);
        Require(request.RedirectUri is { Length: > 0 and <= UriCharactersMax }, "A code is bound to a redirect URI");
        Require(request.CodeChallenge is null or { Length: >= 43 and <= 128 },
            "A code challenge has 43 to 128 characters");
        var code = Secrets.Create();
        await _store.CreateGrantAsync(
            request, Secrets.Hash(code), _time.GetUtcNow(), _options.GrantLifetime, call.Cancellation);
        return code;
    }

    private async ValueTask<Grant?> RedeemGrantAsync(RedeemGrant request, Call call)
    {
        if (!Secrets.TryHash(request.Code, out var hash)) return null;
        var redeemed = await _store.RedeemGrantAsync(
            request.AppId, hash, _time.GetUtcNow(), Forget, call.Cancellation);
        return redeemed.Grant;

        void Forget(RedeemedGrant result)
        {
            foreach (var ended in result.Ended) _tokens.Remove(ended);
        }
    }

    private async ValueTask<IssuedToken> CreateTokenAsync(CreateToken request, Call call)
    {
        RequireScopes(request.Scopes);
        Require(request.AppId != 0 || !request.Account.IsNone, "A token acts for an app, an account, or both");
        SecretHash? code = null;
        if (request.Code is { } text)
        {
            Require(Secrets.TryHash(text, out var codeHash), "That is not an authorization code");
            code = codeHash;
        }
        var value = Secrets.Create();
        var hash = Secrets.Hash(value);
        var at = Now();
        await _store.CreateTokenAsync(request, hash, code, at, token => _tokens.Set(hash, token), call.Cancellation);
        return new IssuedToken(value, request.Scopes, at);
    }

    private async ValueTask<IReadOnlyList<IssuedToken>> CreateTokensAsync(CreateTokens request, Call call)
    {
        RequireScopes(request.Scopes);
        RequireAtMost(request.Accounts.Count);
        Require(request.AppId != 0, "Tokens for many accounts belong to an app");
        var values = new string[request.Accounts.Count];
        for (var i = 0; i < values.Length; i++) values[i] = Secrets.Create();
        var hashes = Array.ConvertAll(values, Secrets.Hash);
        var at = Now();
        await _store.CreateTokensAsync(request, hashes, at, Committed, call.Cancellation);
        return Array.ConvertAll(values, value => new IssuedToken(value, request.Scopes, at));

        void Committed(Token[] tokens)
        {
            for (var i = 0; i < tokens.Length; i++) _tokens.Set(hashes[i], tokens[i]);
        }
    }

    /// <summary>The time as it is kept, in milliseconds, so that answers show what is kept.</summary>
    private DateTimeOffset Now() =>
        DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());

    // Hot path: every signed-in request comes by here.
    private ValueTask<Token?> FindTokenAsync(FindToken request, Call call)
    {
        if (!Secrets.TryHash(request.Value, out var hash)) return default;
        if (_tokens.TryGet(hash, out var token))
        {
            if (!token.Account.IsNone) _visitors.Note(token.Account);
            return new ValueTask<Token?>(token);
        }
        _metrics.TokenMissed();
        var version = _tokens.Version;
        var stored = _store.FindToken(hash);
        if (stored is not null) _tokens.TryFill(hash, stored, version);
        return new ValueTask<Token?>(stored);
    }

    private async ValueTask<Token?[]> FindTokensAsync(FindTokens request, Call call)
    {
        RequireAtMost(request.Values.Count);
        var found = new Token?[request.Values.Count];
        for (var i = 0; i < found.Length; i++) found[i] = await FindTokenAsync(new FindToken(request.Values[i]), call);
        return found;
    }

    private async ValueTask<bool> RevokeTokenAsync(RevokeToken request, Call call)
    {
        if (!Secrets.TryHash(request.Value, out var hash)) return false;
        return await _store.RevokeTokenAsync(hash, request.AppId, Forget, call.Cancellation);

        void Forget(bool revoked)
        {
            if (revoked) _tokens.Remove(hash);
        }
    }

    // Custom schemes are how apps on phones are reached (RFC 8252 §7.1); those that run or hold content are not for
    // redirects.
    private static bool IsRedirectUri(string? uri) =>
        uri is "urn:ietf:wg:oauth:2.0:oob"
        || (uri is { Length: <= UriCharactersMax }
            && !uri.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
            && !uri.Contains('#', StringComparison.Ordinal)
            && Uri.TryCreate(uri, UriKind.Absolute, out var parsed)
            && uri.StartsWith(parsed.Scheme + ":", StringComparison.OrdinalIgnoreCase)
            && parsed.Scheme is not ("javascript" or "data" or "vbscript" or "file" or "blob" or "about"));

    private static void RequireAtMost(int count) =>
        Require(count <= FindTokens.Max, $"Ask for {FindTokens.Max} tokens at most at a time");

    private static void RequireScopes(string? scopes) =>
        Require(scopes is { Length: > 0 and <= ScopesCharactersMax } && scopes.All(c => c is >= ' ' and < (char)127),
            "Scopes are names separated by spaces, for example 'read write'");

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new ServiceException(ErrorCode.Invalid, $"{otherwise}.");
    }

    private static string Shorten(string? text) => text is null ? "" : text.Length <= 80 ? text : text[..80] + "…";
}
