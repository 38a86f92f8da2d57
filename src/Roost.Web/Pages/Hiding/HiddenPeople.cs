using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Pages.Hiding;

/// <summary>Who is to be muted or blocked.</summary>
internal static class HiddenPeople
{
    /// <summary>Of a page that asks about somebody, and then goes back.</summary>
    public static string UrlOf(string path, string username, string returnTo) =>
        $"{path}?name={username}&return_to={Uri.EscapeDataString(returnTo)}";

    /// <summary>Who is called so, with or without <c>@</c> and our domain.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.NotFound"/>: nobody; <see cref="ErrorCode.Invalid"/>:
    /// nothing was typed, or it is the viewer.</exception>
    public static async ValueTask<Account> FindAsync(PageCall call, string typed)
    {
        if (typed.Trim().Length == 0) throw Faults.Invalid("Write the name of somebody.");
        var found = await FollowForm.FindAsync(call, typed.Trim())
            ?? throw new ServiceException(ErrorCode.NotFound, FollowForm.NobodyIs(typed));
        return found.Id != call.ViewerId ? found : throw Faults.Invalid("That is you.");
    }

    public static async ValueTask<Relationship> TieAsync(PageCall call, Account target) =>
        (await call.Services.Graph.Relationships(new GetRelationships(call.ViewerId, [target.Id]), call.Rpc))[0];

    /// <summary>Whether the one who typed can do something about it.</summary>
    public static bool IsToBeMended(ServiceException refusal) =>
        refusal.Code is ErrorCode.Invalid or ErrorCode.NotFound;
}
