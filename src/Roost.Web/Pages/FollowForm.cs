using Microsoft.AspNetCore.Http;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Users;
using Roost.Web.Accounts;
using Roost.Web.Http;

namespace Roost.Web.Pages;

/// <summary><c>POST /follow</c> and <c>POST /unfollow</c>, by name.</summary>
internal static class FollowForm
{
    public static void Map(PageRoutes routes)
    {
        routes.Post("/follow", FollowAsync);
        routes.Post("/unfollow", UnfollowAsync);
    }

    private static async Task FollowAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        var typed = (form.Text("name") ?? "").Trim();
        var other = await FindAsync(call, typed);
        if (other is null || other.Id == viewer.Id)
        {
            var problem = other is null ? NobodyIs(typed) : "That is you: what you post is on your timeline anyway.";
            await FrontPage.ShowAsync(
                call, problem, status: StatusCodes.Status422UnprocessableEntity, followed: typed);
            return;
        }
        await call.Services.Graph.Follow(new Follow(viewer.Id, other.Id, ByRequest: other.Locked), call.Rpc);
        call.GoBack(form);
    }

    private static async Task UnfollowAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        var typed = form.Text("name") ?? "";
        var other = await FindAsync(call, typed) ?? throw new ServiceException(ErrorCode.NotFound, NobodyIs(typed));
        await call.Services.Graph.Unfollow(new Unfollow(viewer.Id, other.Id), call.Rpc);
        call.GoBack(form);
    }

    private static async Task<Account?> FindAsync(PageCall call, string typed)
    {
        var name = GetAccount.LocalName(typed, call.Options);
        if (name is not { Length: > 0 }) return null;
        var found = await call.Services.Users.Find(new FindAccounts([name]), call.Rpc);
        return found[0];
    }

    private static string NobodyIs(string typed) =>
        $"Nobody here is called '{Parameters.Shortened(typed)}'. Check the spelling.";
}
