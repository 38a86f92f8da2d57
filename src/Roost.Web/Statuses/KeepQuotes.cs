using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Relations;
using Roost.Web.Timelines;

namespace Roost.Web.Statuses;

/// <summary>
/// <c>GET /api/v1/statuses/:id/quotes</c>, <c>POST …/quotes/:quoting_status_id/revoke</c> and
/// <c>PUT …/interaction_policy</c>: what quotes a post, taking one's post out of another, and who may quote it.
/// </summary>
internal static class KeepQuotes
{
    private const string PolicyName = "quote_approval_policy";

    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v1/statuses/{id}/quotes", Access.User("read:statuses"), ListAsync);
        routes.Post(
            "/api/v1/statuses/{id}/quotes/{quoting_status_id}/revoke", Access.User("write:statuses"), RevokeAsync);
        routes.Put("/api/v1/statuses/{id}/interaction_policy", Access.User("write:statuses"), SetPolicyAsync);
    }

    /// <summary>The post that a request wants to quote, or <c>default</c>.</summary>
    public static PostId QuotedIn(Parameters parameters) =>
        parameters.Post("quoted_status_id") is { IsNone: false } quoted ? quoted : parameters.Post("quote_id");

    /// <summary>Who may quote, as a request says; null when it does not.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it says something else.</exception>
    public static QuotePolicy? PolicyIn(Parameters parameters) =>
        Compose.Given(parameters, PolicyName) is { } text ? PolicyOf(text) : null;

    /// <summary>Who may quote a post that does not say, by its author's choice.</summary>
    public static QuotePolicy PolicyOf(PostingDefaults usual) => PolicyOf(usual.QuotePolicy);

    public static string NameOf(QuotePolicy policy) => policy switch
    {
        QuotePolicy.Everybody => "public",
        QuotePolicy.Followers => "followers",
        _ => "nobody",
    };

    private static QuotePolicy PolicyOf(string text) => text switch
    {
        "public" => QuotePolicy.Everybody,
        "followers" => QuotePolicy.Followers,
        "nobody" => QuotePolicy.Author,
        _ => throw Faults.Invalid(
            $"Validation failed: {PolicyName} is '{Parameters.Shortened(text)}'; use public, followers or nobody"),
    };

    private static async Task ListAsync(ApiCall call)
    {
        var range = RelationPaging.RangeOf(call.Query, Paging.StatusesUsual, Paging.StatusesMax);
        var page = await call.Services.Quotes.List(new ListQuotes(call.Viewer, call.PostIdInPath(), range), call.Rpc)
            ?? throw Faults.NotFound();
        RelationPaging.AddLinks(call, page.Items, page.HasMore);
        var request = new HydratePosts(call.Viewer, [.. page.Items.Select(item => item.Post)]);
        var entries = await call.Services.Timelines.Hydrate(request, call.Rpc);
        await PostPage.WriteAsync(call, [.. entries.OfType<TimelineEntry>()]);
    }

    private static async Task RevokeAsync(ApiCall call)
    {
        if (!PostId.TryParse((string?)call.Http.Request.RouteValues["quoting_status_id"], out var quoting))
            throw Faults.NotFound();
        var request = new RevokeQuote(call.Viewer, call.PostIdInPath(), quoting);
        switch (await call.Services.Quotes.Revoke(request, call.Rpc))
        {
            case Revocation.NotThere:
                throw Faults.NotFound();
            case Revocation.NotOwn:
                throw new ServiceException(
                    ErrorCode.Forbidden, "This action is not allowed: only the quoted post's author can take it back.");
            default:
                await StatusReply.WriteAsync(call, StatusReply.RefOf(quoting));
                break;
        }
    }

    private static async Task SetPolicyAsync(ApiCall call)
    {
        var id = call.PostIdInPath();
        var policy = PolicyIn(await call.ReadParametersAsync()) ?? PolicyOf(await Compose.DefaultsAsync(call));
        if (!await call.Services.Quotes.SetPolicy(new SetQuotePolicy(call.Viewer, id, policy), call.Rpc))
            throw Faults.NotFound();
        await StatusReply.WriteAsync(call, StatusReply.RefOf(id));
    }
}
