using Microsoft.AspNetCore.Http;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Pages.Hiding;

/// <summary><c>/settings/mutes</c>: whom one mutes, and a form to mute somebody by name; <c>/mute?name=</c>: asks how
/// somebody is to be muted, for the first time or otherwise.</summary>
internal static class ShowMutes
{
    public const string Path = "/settings/mutes";

    private const string OnePath = "/mute";
    private const int PerPage = 40;

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, call => call.AsksToSignIn()
            ? Task.CompletedTask
            : ListAsync(call, Typed.Nothing, GivenMute.Usual));
        routes.Post(Path, AddAsync);
        routes.Get(OnePath, AskAsync);
        routes.Post(OnePath, MuteAsync);
    }

    public static string UrlOf(string username, string returnTo) =>
        HiddenPeople.UrlOf(OnePath, username, returnTo);

    private static async Task ListAsync(PageCall call, Typed name, GivenMute terms)
    {
        var viewer = call.SignedIn();
        var before = Parameters.OfQuery(call.Http.Request).Cursor("max_id");
        var page = await call.Services.Relations.List(
            new ListRelations(viewer.Id, RelationKind.Mutes, new RelationRange(before, Limit: PerPage)), call.Rpc);
        AccountId[] muted = [.. page.Items.Select(item => item.Account)];
        var views = await call.Services.Timelines.Accounts(new HydrateAccounts(muted), call.Rpc);
        var ties = await call.Services.Graph.Relationships(new GetRelationships(viewer.Id, muted), call.Rpc);
        MutedLine[] lines =
        [
            .. views.Zip(ties).Where(pair => pair.First is not null)
                .Select(pair => new MutedLine(pair.First!, pair.Second.Muting)),
        ];
        await call.ShowAsync<MutesPage>(
            new MutesModel(
                call.Frame(call.T("Muted people")) with { Here = Path }, lines,
                page is { HasMore: true, Items: [.., var last] } ? $"{Path}?max_id={last.Id}" : null, name, terms),
            name.Problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task AddAsync(PageCall call, Parameters form)
    {
        var typed = (form.Text("name") ?? "").Trim();
        try
        {
            var target = await HiddenPeople.FindAsync(call, typed);
            await call.Services.Relations.Mute(Of(call.SignedIn(), target, form, null), call.Rpc);
        }
        catch (ServiceException refusal) when (HiddenPeople.IsToBeMended(refusal))
        {
            await ListAsync(call, new Typed(typed, call.InWords(refusal)), Given(form, null));
            return;
        }
        call.GoTo(Path);
    }

    private static async Task AskAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        var query = Parameters.OfQuery(call.Http.Request);
        var target = await HiddenPeople.FindAsync(call, query.Text("name") ?? "");
        var muting = (await HiddenPeople.TieAsync(call, target)).Muting;
        var terms = muting is null
            ? GivenMute.Usual
            : new GivenMute(muting.Until is null ? "0" : "", muting.Notifications, muting.Until);
        await ShowAsync(call, target, muting is not null, terms, query.Text("return_to"));
    }

    private static Task ShowAsync(
        PageCall call, Account target, bool isMuted, GivenMute terms, string? returnTo, string? problem = null)
    {
        var title = isMuted
            ? call.T("How you mute @{0}", target.Username)
            : call.T("Mute @{0}?", target.Username);
        return call.ShowAsync<MutePage>(
            new MuteModel(
                call.Frame(title), target, isMuted, terms,
                PageCall.LocalPath(returnTo) ?? "/@" + target.Username, problem),
            problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task MuteAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        var target = await HiddenPeople.FindAsync(call, form.Text("name") ?? "");
        var muting = (await HiddenPeople.TieAsync(call, target)).Muting;
        try
        {
            var left = muting?.Until - call.Site.Time.GetUtcNow();
            await call.Services.Relations.Mute(Of(viewer, target, form, left), call.Rpc);
        }
        catch (ServiceException refusal) when (refusal.Code == ErrorCode.Invalid)
        {
            await ShowAsync(
                call, target, muting is not null, Given(form, muting?.Until), form.Text("return_to"),
                call.InWords(refusal));
            return;
        }
        call.GoBack(form);
    }

    /// <param name="left">For how long it is muted anyway; null where that has no end, or it is not.</param>
    private static Mute Of(Account viewer, Account target, Parameters form, TimeSpan? left)
    {
        var seconds = form.Text("for") ?? "0";
        return new Mute(
            viewer.Id, target.Id, form.Flag("notifications") ?? true,
            seconds.Length == 0 && left is not null ? left : Durations.Read(seconds));
    }

    private static GivenMute Given(Parameters form, DateTimeOffset? until) =>
        new(form.Text("for") ?? "0", form.Flag("notifications") ?? true, until);
}
