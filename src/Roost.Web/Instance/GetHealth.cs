using Roost.Web.Http;

namespace Roost.Web.Instance;

/// <summary><c>GET /health</c>: whether requests are answered, asked by balancers and monitors. Two letters of plain
/// text are what they and scripts look for.</summary>
internal static class GetHealth
{
    private static readonly byte[] _well = "OK"u8.ToArray();

    public static void Map(ApiRoutes routes) =>
        routes.Get("/health", Access.Anyone, static call => call.ReplyAsync(_well, "text/plain; charset=utf-8"));
}
