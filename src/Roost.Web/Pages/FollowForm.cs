using Microsoft.AspNetCore.Http;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Users;
using Roost.Web.Accounts;
using Roost.Web.Http;

namespace Roost.Web.Pages;

/// <summary><c>POST /follow</c>, <c>/unfollow</c>, <c>/unmute</c>, <c>/unblock</c> and the answers to who asks to
/// follow, all by name. What is asked before somebody is muted or blocked is in <see cref="Hiding"/>.</summary>
internal static class FollowForm
{
    public static void Map(PageRoutes routes)
    {
        routes.Post("/follow", FollowAsync);
        Map(routes, "/unfollow", async (call, me, other) =>
            await call.Services.Graph.Unfollow(new Unfollow(me, other), call.Rpc));
        Map(routes, "/unmute", async (call, me, other) =>
            await call.Services.Relations.Unmute(new Unmute(me, other), call.Rpc));
        Map(routes, "/unblock", async (call, me, other) =>
            await call.Services.Relations.Unblock(new Unblock(me, other), call.Rpc));
        Map(routes, "/follow-requests/accept", async (call, me, other) =>
            await call.Services.Relations.Answer(new AnswerRequest(me, other, IsAccepted: true), call.Rpc));
        Map(routes, "/follow-requests/refuse", async (call, me, other) =>
            await call.Services.Relations.Answer(new AnswerRequest(me, other, IsAccepted: false), call.Rpc));
    }

    private static async Task FollowAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        var typed = (form.Text("name") ?? "").Trim();
        var other = await FindAsync(call, typed);
        if (other is null || other.Id == viewer.Id)
        {
            var problem = other is null
                ? call.Language.Problem(NobodyIs(typed))
                : call.T("That is you: what you post is on your timeline anyway.");
            await FrontPage.ShowAsync(call, problem, StatusCodes.Status422UnprocessableEntity, typed);
            return;
        }
        await call.Services.Graph.Follow(new Follow(viewer.Id, other.Id, ByRequest: other.Locked), call.Rpc);
        call.GoBack(form);
    }

    private static void Map(PageRoutes routes, string path, Func<PageCall, AccountId, AccountId, Task> act) =>
        routes.Post(path, async (call, form) =>
        {
            var viewer = call.SignedIn();
            var typed = form.Text("name") ?? "";
            var other = await FindAsync(call, typed);
            if (other is null || other.Id == viewer.Id) throw new ServiceException(ErrorCode.NotFound, NobodyIs(typed));
            await act(call, viewer.Id, other.Id);
            call.GoBack(form);
        });

    /// <summary>Who is called as somebody typed it, with or without <c>@</c> and our domain; or null.</summary>
    public static async Task<Account?> FindAsync(PageCall call, string typed)
    {
        var name = GetAccount.LocalName(typed, call.Options);
        if (name is not { Length: > 0 }) return null;
        var found = await call.Services.Users.Find(new FindAccounts([name]), call.Rpc);
        return found[0];
    }

    public static string NobodyIs(string typed) =>
        $"Nobody here is called '{Parameters.Shortened(typed)}'. Check the spelling.";
}
