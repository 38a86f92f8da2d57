using Roost.Services.Graph;
using Roost.Web.Http;
using Roost.Web.Relations;
using Roost.Web.Statuses;

namespace Roost.Web.Accounts;

/// <summary>
/// <c>POST /api/v1/accounts/:id/follow</c> (again, with other terms, changes these), <c>/unfollow</c>, which also
/// takes a request back, and <c>/remove_from_followers</c>; all answer with the relationship as it now is.
/// </summary>
internal static class FollowAccount
{
    public static void Map(ApiRoutes routes)
    {
        routes.Post("/api/v1/accounts/{id}/follow", Access.User("write:follows"), FollowAsync);
        routes.Post("/api/v1/accounts/{id}/unfollow", Access.User("write:follows"), UnfollowAsync);
        routes.Post("/api/v1/accounts/{id}/remove_from_followers", Access.User("write:follows"), RemoveAsync);
    }

    private static async Task FollowAsync(ApiCall call)
    {
        var other = await RelationshipCall.OtherAsync(call);
        if (other.Id == call.Viewer) throw Faults.NotAllowed();
        var terms = TermsOf(await call.ReadParametersAsync());
        await call.Services.Graph.Follow(new Follow(call.Viewer, other.Id, terms, ByRequest: other.Locked), call.Rpc);
        await RelationshipCall.ReplyAsync(call, other.Id);
    }

    private static async Task UnfollowAsync(ApiCall call)
    {
        var other = await RelationshipCall.OtherAsync(call);
        await call.Services.Graph.Unfollow(new Unfollow(call.Viewer, other.Id), call.Rpc);
        await RelationshipCall.ReplyAsync(call, other.Id);
    }

    private static async Task RemoveAsync(ApiCall call)
    {
        var other = await RelationshipCall.OtherAsync(call);
        await call.Services.Graph.Unfollow(new Unfollow(other.Id, call.Viewer), call.Rpc);
        await RelationshipCall.ReplyAsync(call, other.Id);
    }

    /// <summary>Null when nothing is said of them: then they stay as they are.</summary>
    private static ChangeTerms? TermsOf(Parameters parameters)
    {
        var languages = parameters.Has("languages")
            ? parameters.List("languages").Select(Compose.LanguageOf).OfType<string>().ToArray()
            : null;
        var terms = new ChangeTerms(parameters.Flag("reblogs"), parameters.Flag("notify"), languages);
        return terms == new ChangeTerms() ? null : terms;
    }
}
