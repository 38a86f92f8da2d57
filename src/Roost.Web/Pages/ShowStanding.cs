using Microsoft.AspNetCore.Http;
using Roost.Services.Community;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Sessions;

namespace Roost.Web.Pages;

/// <summary><c>GET /standing</c>: why somebody cannot use their account, in the moderators' words, and whom they can
/// ask. Who tries to sign in reads the same.</summary>
internal static class ShowStanding
{
    public const string Path = "/standing";

    public static void Map(PageRoutes routes) => routes.Get(Path, async call =>
    {
        if (call.KeptOut is { } keptOut) await ShowAsync(call, keptOut);
        else call.GoTo("/");
    });

    public static async Task ShowAsync(PageCall call, KeptOut keptOut)
    {
        var record = (await call.Services.Moderation.Look(new LookAtAccounts([keptOut.Account]), call.Rpc))[0]
            ?? throw Faults.NotFound();
        var isSuspended = keptOut.Standing == Standing.Suspended;
        var warning = await call.Services.Community.LastWarning(
            new GetLastWarning(keptOut.Account, isSuspended ? "suspend" : "disable"), call.Rpc);
        var name = record.Account.Username;
        var title = isSuspended ? call.T("@{0} is suspended", name) : call.T("@{0} is disabled", name);
        var frame = call.Frame(title) with { Here = Path };
        await call.ShowAsync<StandingPage>(
            new StandingModel(frame, record.Account, isSuspended, warning), StatusCodes.Status403Forbidden);
    }
}
