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
        var other = await FindAsync(call, form);
        if (other.Id == viewer.Id) throw Faults.Invalid("That is you: what you post is on your timeline anyway.");
        await call.Services.Graph.Follow(new Follow(viewer.Id, other.Id, ByRequest: other.Locked), call.Rpc);
        call.GoBack(form);
    }

    private static async Task UnfollowAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        var other = await FindAsync(call, form);
        await call.Services.Graph.Unfollow(new Unfollow(viewer.Id, other.Id), call.Rpc);
        call.GoBack(form);
    }

    private static async Task<Account> FindAsync(PageCall call, Parameters form)
    {
        var name = GetAccount.LocalName(form.Text("name") ?? "", call.Options);
        if (name is { Length: > 0 })
        {
            var found = await call.Services.Users.Find(new FindAccounts([name]), call.Rpc);
            if (found[0] is { } account) return account;
        }
        throw new ServiceException(
            ErrorCode.NotFound,
            $"Nobody here is called '{Parameters.Shortened(form.Text("name") ?? "")}'. Check the spelling.");
    }
}
