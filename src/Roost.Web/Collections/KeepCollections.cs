using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Collections;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Collections;

/// <summary>
/// <c>POST /api/v1/collections</c>, <c>GET</c>, <c>PATCH</c> and <c>DELETE /api/v1/collections/:id</c>, and what an
/// account made (<c>/api/v1/accounts/:id/collections</c>) and is in (<c>…/in_collections</c>, its own only), paged by
/// offset.
/// </summary>
internal static class KeepCollections
{
    private const int Usual = 40;
    private const int Max = 80;
    private const int OffsetMax = 10_000;

    public static void Map(ApiRoutes routes)
    {
        var (read, write) = (Access.AnyoneBut("read:collections"), Access.User("write:collections"));
        routes.Post("/api/v1/collections", write, call => RefusableAsync(call, MakeAsync));
        routes.Get("/api/v1/collections/{id}", read, ShowAsync);
        routes.Patch("/api/v1/collections/{id}", write, call => RefusableAsync(call, ChangeAsync));
        routes.Delete("/api/v1/collections/{id}", write, EndAsync);
        routes.Get("/api/v1/accounts/{id}/collections", read, call => ListAsync(call, withAccount: false));
        routes.Get("/api/v1/accounts/{id}/in_collections", Access.User("read:collections"),
            call => ListAsync(call, withAccount: true));
    }

    private static async Task MakeAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var members = AccountIds.Read(
            parameters.List("account_ids"), AccountCollection.ItemsMax, "account_ids");
        var made = await call.Services.Collections.Make(
            new MakeCollection(call.Viewer, TraitsOf(parameters), members), call.Rpc);
        await ReplyAsync(call, made);
    }

    private static async Task ShowAsync(ApiCall call)
    {
        var found = await call.Services.Collections.Get(
            new GetCollection(call.Viewer, call.NumberInPath()), call.Rpc) ?? throw Faults.NotFound();
        AccountId[] named = [.. found.Items.Select(item => item.Account).Prepend(found.Account).Distinct()];
        var views = await call.Services.Timelines.Accounts(new HydrateAccounts(named), call.Rpc);
        using var buffer = new Utf8Buffer();
        buffer.Write("{\"accounts\":"u8);
        AccountPage.Write(call.Site.Accounts, buffer, views);
        buffer.Write(",\"collection\":"u8);
        using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
        {
            JsonSerializer.Serialize(
                json, CollectionReply.Of(found, call.Site.Options), WebJson.Default.CollectionReply);
        }
        buffer.Write("}"u8);
        await call.ReplyAsync(buffer);
    }

    private static async Task ChangeAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var changed = await call.Services.Collections.Change(
            new ChangeCollection(call.Viewer, call.NumberInPath(), TraitsOf(parameters)), call.Rpc)
            ?? throw Faults.NotFound();
        await ReplyAsync(call, changed);
    }

    private static async Task EndAsync(ApiCall call)
    {
        if (!await call.Services.Collections.End(new EndCollection(call.Viewer, call.NumberInPath()), call.Rpc))
            throw Faults.NotFound();
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    private static async Task ListAsync(ApiCall call, bool withAccount)
    {
        var account = call.AccountIdInPath();
        _ = (await call.Services.Users.Get(new GetAccounts([account]), call.Rpc))[0] ?? throw Faults.NotFound();
        var (offset, limit) = (
            (int)Math.Min(call.Query.Number("offset"), OffsetMax), call.Query.Limit(Usual, Max));
        var page = await call.Services.Collections.List(
            new ListCollections(call.Viewer, account, withAccount, offset, limit), call.Rpc);
        AddLinks(call, offset, limit, page.HasMore);
        await call.ReplyAsync(
            new ManyCollections([.. page.Items.Select(one => CollectionReply.Of(one, call.Site.Options))]),
            WebJson.Default.ManyCollections);
    }

    private static void AddLinks(ApiCall call, int offset, int limit, bool hasMore)
    {
        var links = new List<string>(2);
        if (hasMore) links.Add(Link(offset + limit, "next"));
        if (offset > 0) links.Add(Link(Math.Max(offset - limit, 0), "prev"));
        if (links.Count > 0) call.Http.Response.Headers.Link = string.Join(", ", links);

        string Link(int at, string rel) =>
            $"<{call.Site.Root}{call.Http.Request.Path.ToUriComponent()}?limit={limit}&offset={at}>; rel=\"{rel}\"";
    }

    private static CollectionTraits TraitsOf(Parameters parameters) => new(
        parameters.Text("name"), parameters.Text("description"), parameters.Text("language"),
        parameters.Text("tag_name"), parameters.Flag("sensitive"), parameters.Flag("discoverable"));

    private static Task ReplyAsync(ApiCall call, AccountCollection one) => call.ReplyAsync(
        new OneCollection(CollectionReply.Of(one, call.Site.Options)), WebJson.Default.OneCollection);

    /// <summary>What is wrong with a field is told in a form that only collections have.</summary>
    private static async Task RefusableAsync(ApiCall call, Func<ApiCall, Task> handler)
    {
        try
        {
            await handler(call);
        }
        catch (ServiceException refusal) when (refusal.Field is not null)
        {
            await ErrorReplies.WriteFieldAsync(
                call.Http, ErrorReplies.StatusOf(refusal.Code), refusal, isNested: true);
        }
    }
}
