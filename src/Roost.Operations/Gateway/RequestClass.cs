using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Roost.Operations.Gateway;

/// <summary>Who is let in first when not all can be. What a request says of its sender is believed here: whether a
/// token is good only the application knows.</summary>
internal enum Priority
{
    /// <summary>Somebody signed in reads their home timeline, or writes.</summary>
    Home,
    SignedIn,
    /// <summary>Somebody signed in searches.</summary>
    Search,
    Stranger,
    /// <summary>A program that reads everything.</summary>
    Crawler,
}

/// <summary>What a gateway makes of a request's head.</summary>
/// <param name="Kind">Requests of one kind usually take as long as each other; below <see cref="Kinds"/>.</param>
/// <param name="IsRepeatable">It may be sent to a second instance when the first one may have done it.</param>
/// <param name="LacksKey">It is repeatable with an idempotency key, and its author has given none.</param>
internal readonly record struct RequestClass(
    Application Application, Priority Priority, int Kind, bool IsRepeatable, bool LacksKey)
{
    public const string KeyHeader = "Idempotency-Key";

    private const int HomeKind = 0;

    /// <summary>Home, then reads and writes of each application.</summary>
    public static readonly int Kinds = 1 + 2 * Applications.All.Length;

    public static readonly int Priorities = Enum.GetValues<Priority>().Length;

    private static readonly PathString _homeTimeline = "/api/v1/timelines/home";
    private static readonly PathString _statuses = "/api/v1/statuses";

    private static readonly string[] _crawlers = ["bot", "crawl", "spider", "slurp", "externalhit", "preview"];

    public static RequestClass Of(HttpRequest request)
    {
        var application = Applications.Of(request.Path);
        var isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        var isSignedIn = IsSignedIn(request);
        var isHome = isRead && isSignedIn && (request.Path == "/" || request.Path == _homeTimeline);
        var priority =
            isSignedIn ? application == Applications.Search ? Priority.Search
                : isHome || !isRead ? Priority.Home
                : Priority.SignedIn
            : IsCrawler(request.Headers.UserAgent) ? Priority.Crawler
            : Priority.Stranger;
        var kind = isHome ? HomeKind : 1 + 2 * application.Index + (isRead ? 0 : 1);
        // With a key a post is posted once, however often it is sent, also to another instance.
        var isPost = HttpMethods.IsPost(request.Method) && request.Path == _statuses;
        return new(
            application, priority, kind, isRead || HttpMethods.IsOptions(request.Method) || isPost,
            isPost && request.Headers[KeyHeader].ToString().Length == 0);
    }

    private static bool IsSignedIn(HttpRequest request) =>
        request.Headers.Authorization.Count > 0
        || HasSession(request.Headers.Cookie)
        || request.QueryString.HasValue
            && request.QueryString.Value!.Contains("access_token=", StringComparison.Ordinal);

    // Both names of the session's cookie, over TLS and without.
    private static bool HasSession(StringValues cookies)
    {
        foreach (var cookie in cookies)
        {
            if (cookie is null) continue;
            if (cookie.Contains(Callers.SecureSession + "=", StringComparison.Ordinal)
                || cookie.Contains(Callers.PlainSession + "=", StringComparison.Ordinal))
            {
                return true;
            }
        }
        return false;
    }

    private static bool IsCrawler(StringValues agents)
    {
        foreach (var agent in agents)
        {
            if (agent is null) continue;
            foreach (var crawler in _crawlers)
            {
                if (agent.Contains(crawler, StringComparison.OrdinalIgnoreCase)) return true;
            }
        }
        return false;
    }
}
