namespace Roost.Web.Limits;

/// <summary>Which routes count as more than a request: one table for API and pages.</summary>
internal static class RouteLimits
{
    public static LimitKind Of(string method, string pattern) => (method, pattern) switch
    {
        ("POST", "/api/v1/statuses" or "/api/v1/statuses/{id}/reblog" or "/compose" or "/posts/{id}/edit"
            or "/posts/{id}/boost") => LimitKind.Posts,
        ("PUT", "/api/v1/statuses/{id}") => LimitKind.Posts,
        ("DELETE", "/api/v1/statuses/{id}") => LimitKind.Deletions,
        ("POST", "/api/v1/statuses/{id}/unreblog" or "/posts/{id}/unboost" or "/posts/{id}/delete") =>
            LimitKind.Deletions,
        ("POST", "/api/v1/media" or "/api/v2/media") => LimitKind.Media,
        ("POST", "/api/v1/accounts/{id}/follow") => LimitKind.Follows,
        ("POST", "/api/v1/reports") => LimitKind.Reports,
        ("POST", "/api/v1/accounts") => LimitKind.SignUps,
        ("POST", "/sign-up") => LimitKind.SignUpForms,
        ("POST", "/api/v1/apps") => LimitKind.Apps,
        ("POST", "/api/v1/emails/confirmations") => LimitKind.Confirmations,
        _ => LimitKind.None,
    };
}
