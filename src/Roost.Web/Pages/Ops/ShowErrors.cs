using Roost.Web.Http;
using Roost.Web.Moderation;

namespace Roost.Web.Pages.Ops;

/// <summary>
/// <c>GET /ops/errors</c>: for administrators: what fails, in all processes that this one knows of, as one list, those
/// first that touch most people and grow fastest; with a form that calls one resolved, everywhere.
/// </summary>
internal static class ShowErrors
{
    public const string Path = ShowOps.Path + "/errors";

    private const int Shown = 50;

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, async call =>
        {
            if (call.AsksToSignIn()) return;
            ShowOps.Checked(call, Permissions.ManageSettings);
            await ShowAsync(call);
        });
        routes.Post(Path + "/{fingerprint}/resolve", async (call, _) => await ResolveAsync(call));
    }

    private static async Task ShowAsync(PageCall call, string? problem = null)
    {
        var network = call.Services.Network ?? throw Faults.NotFound();
        var report = await network.ReadAsync(call.Http.RequestAborted);
        var errors = report.Errors();
        await call.ShowAsync<ErrorsPage>(new ErrorsModel(
            call.Frame(call.T("Errors"), problem), report, [.. errors.Take(Shown)], Math.Max(0, errors.Count - Shown),
            network.Self.Errors.Runs));
    }

    private static async Task ResolveAsync(PageCall call)
    {
        var me = ShowOps.Checked(call, Permissions.ManageSettings);
        var network = call.Services.Network ?? throw Faults.NotFound();
        var fingerprint = (string)call.Http.Request.RouteValues["fingerprint"]!;
        var untold = await network.ResolveAsync(fingerprint, call.Http.RequestAborted) ?? throw Faults.NotFound();
        await new AccountActions(call.Services, me, call.Rpc).NoteAsync("resolve error", fingerprint);
        if (untold.Count == 0) call.GoTo(Path);
        else await ShowAsync(call, call.T("Not told, for they do not answer: {0}.", string.Join(", ", untold)));
    }
}
