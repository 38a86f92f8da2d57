using Roost.Services.Graph;
using Roost.Web.Http;

namespace Roost.Web.Relations;

/// <summary><c>GET</c>, <c>POST</c> and <c>DELETE /api/v1/domain_blocks</c>.</summary>
internal static class DomainBlocks
{
    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v1/domain_blocks", Access.User("read:blocks", "follow"), ListAsync);
        routes.Post("/api/v1/domain_blocks", Access.User("write:blocks", "follow"), call => SetAsync(call, true));
        routes.Delete("/api/v1/domain_blocks", Access.User("write:blocks", "follow"), call => SetAsync(call, false));
    }

    private static async Task ListAsync(ApiCall call)
    {
        var page = await call.Services.Relations.Domains(
            new ListDomainBlocks(call.Viewer, RelationPaging.RangeOf(call.Query)), call.Rpc);
        RelationPaging.AddLinks(call, page.Items, page.HasMore);
        await call.ReplyAsync([.. page.Items.Select(item => item.Domain)], WebJson.Default.StringArray);
    }

    private static async Task SetAsync(ApiCall call, bool isBlocked)
    {
        var parameters = await call.ReadParametersAsync();
        if (parameters.Text("domain") is not { Length: > 0 } domain)
            throw Faults.Invalid("Validation failed: Domain can't be blank");
        await call.Services.Relations.BlockDomain(new BlockDomain(call.Viewer, domain, isBlocked), call.Rpc);
        await call.ReplyAsync(ApiCall.EmptyObject);
    }
}
