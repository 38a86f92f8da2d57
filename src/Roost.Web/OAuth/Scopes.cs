using System.Collections.Frozen;

namespace Roost.Web.OAuth;

/// <summary>
/// OAuth scopes as the client API has them: words separated by spaces, <c>read</c> standing for every <c>read:…</c>,
/// <c>write</c> for every <c>write:…</c>, and the old <c>follow</c> for both sides of follows, blocks and mutes.
/// </summary>
internal static class Scopes
{
    /// <summary>What a client gets that asks for nothing.</summary>
    public const string Usual = "read";

    /// <summary>What Roost's own pages need.</summary>
    public const string Session = "read write follow";

    /// <summary>Every scope there is, in the order in which they are told.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        "read", "profile", "write",
        "write:accounts", "write:blocks", "write:bookmarks", "write:collections", "write:conversations",
        "write:favourites", "write:filters",
        "write:follows", "write:lists", "write:media", "write:mutes", "write:notifications", "write:reports",
        "write:statuses", "read:accounts", "read:blocks", "read:bookmarks", "read:collections",
        "read:favourites", "read:filters",
        "read:follows", "read:lists", "read:mutes", "read:notifications", "read:search", "read:statuses",
        "follow", "push",
        "admin:read", "admin:read:accounts", "admin:read:reports", "admin:read:domain_allows",
        "admin:read:domain_blocks", "admin:read:ip_blocks", "admin:read:email_domain_blocks",
        "admin:read:canonical_email_blocks",
        "admin:write", "admin:write:accounts", "admin:write:reports", "admin:write:domain_allows",
        "admin:write:domain_blocks", "admin:write:ip_blocks", "admin:write:email_domain_blocks",
        "admin:write:canonical_email_blocks",
    ];

    private static readonly FrozenSet<string> _known = All.ToFrozenSet(StringComparer.Ordinal);
    private static readonly FrozenSet<string> _follow =
        FrozenSet.Create(StringComparer.Ordinal,
            "read:follows", "write:follows", "read:blocks", "write:blocks", "read:mutes", "write:mutes");

    /// <summary>Scopes in order, each once, separated by single spaces; null when one of them does not exist.</summary>
    /// <param name="text">
    /// Separated by spaces, or by <c>+</c> where a client has encoded twice. Null or blank asks for
    /// <see cref="Usual"/>.
    /// </param>
    public static string? Normalise(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return Usual;
        var scopes =
            text.Split([' ', '+', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return Array.TrueForAll(scopes, _known.Contains) ? string.Join(' ', scopes.Distinct()) : null;
    }

    /// <summary>
    /// Whether scopes granted allow what one scope names. Allocates nothing: it runs on every request.
    /// </summary>
    public static bool Covers(string granted, string needed)
    {
        foreach (var range in granted.AsSpan().Split(' '))
        {
            var scope = granted.AsSpan(range);
            if (scope.SequenceEqual(needed)) return true;
            if (needed.Length > scope.Length && needed[scope.Length] == ':'
                && needed.StartsWith(scope, StringComparison.Ordinal))
                return scope.Length > 0;
            if (scope is "follow" && _follow.Contains(needed)) return true;
        }
        return false;
    }

    /// <summary>Whether every scope asked for is covered by those granted.</summary>
    public static bool CoversAll(string granted, string asked)
    {
        foreach (var scope in asked.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Covers(granted, scope)) return false;
        }
        return true;
    }

    /// <summary>What a scope lets an app do, for the page where people decide.</summary>
    public static string InWords(string scope) => scope switch
    {
        "read" => "Read everything that you can read, your home timeline too",
        "write" => "Post, boost, favourite and delete in your name",
        "follow" => "See and change whom you follow, block and mute",
        "push" => "Send you notifications",
        "profile" => "See who you are, and no more",
        _ when scope.StartsWith("admin:read", StringComparison.Ordinal) =>
            "See what those who look after this server see, as far as you may",
        _ when scope.StartsWith("admin:write", StringComparison.Ordinal) =>
            "Look after this server in your name, as far as you may",
        _ when scope.StartsWith("read:", StringComparison.Ordinal) => $"Read your {scope[5..]}",
        _ => $"Change your {scope[6..]}",
    };
}
