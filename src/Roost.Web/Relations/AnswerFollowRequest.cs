using Roost.Services.Graph;
using Roost.Web.Http;

namespace Roost.Web.Relations;

/// <summary><c>POST /api/v1/follow_requests/:account_id/authorize</c> and <c>/reject</c>.</summary>
internal static class AnswerFollowRequest
{
    public static void Map(ApiRoutes routes)
    {
        var access = Access.User("write:follows", "follow");
        routes.Post("/api/v1/follow_requests/{id}/authorize", access, call => RunAsync(call, isAccepted: true));
        routes.Post("/api/v1/follow_requests/{id}/reject", access, call => RunAsync(call, isAccepted: false));
    }

    private static async Task RunAsync(ApiCall call, bool isAccepted)
    {
        var from = call.AccountIdInPath();
        if (from == call.Viewer
            || !await call.Services.Relations.Answer(new AnswerRequest(call.Viewer, from, isAccepted), call.Rpc))
        {
            throw Faults.NotFound();
        }
        await RelationshipCall.ReplyAsync(call, from);
    }
}
