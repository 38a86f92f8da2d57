using Roost.Web.Http;

namespace Roost.Web.Instance;

/// <summary>
/// <c>GET /api/v1_alpha/async_refreshes/:id</c>: how far work behind an answer is. Answers here are whole when they are
/// given, none names such work, and so no id has any.
/// </summary>
internal static class AsyncRefreshes
{
    public static void Map(ApiRoutes routes) => routes.Get(
        "/api/v1_alpha/async_refreshes/{id}", Access.User("read"), _ => throw Faults.NotFound());
}
