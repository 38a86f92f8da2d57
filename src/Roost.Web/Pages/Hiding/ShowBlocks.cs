using Microsoft.AspNetCore.Http;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Timelines;
using Roost.Web.Http;

namespace Roost.Web.Pages.Hiding;

/// <summary><c>/settings/blocks</c>: whom one blocks, people and servers, and forms to block somebody by name;
/// <c>/block?name=</c>: asks whether somebody is to be blocked, since the follows that end do not come back.</summary>
internal static class ShowBlocks
{
    public const string Path = "/settings/blocks";
    public const string DomainsPath = Path + "/servers";

    private const string OnePath = "/block";
    private const int PerPage = 40;

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, call => call.AsksToSignIn()
            ? Task.CompletedTask
            : ListAsync(call, Typed.Nothing, Typed.Nothing));
        routes.Post(Path, AddAsync);
        routes.Post(DomainsPath, ChangeDomainAsync);
        routes.Get(OnePath, AskAsync);
        routes.Post(OnePath, BlockAsync);
    }

    public static string UrlOf(string username, string returnTo) =>
        HiddenPeople.UrlOf(OnePath, username, returnTo);

    private static async Task ListAsync(PageCall call, Typed name, Typed domain)
    {
        var viewer = call.SignedIn();
        var query = Parameters.OfQuery(call.Http.Request);
        var people = await call.Services.Relations.List(
            new ListRelations(
                viewer.Id, RelationKind.Blocks, new RelationRange(query.Cursor("max_id"), Limit: PerPage)), call.Rpc);
        var domains = await call.Services.Relations.Domains(
            new ListDomainBlocks(viewer.Id, new RelationRange(query.Cursor("max_domain_id"), Limit: PerPage)),
            call.Rpc);
        var views = await call.Services.Timelines.Accounts(
            new HydrateAccounts([.. people.Items.Select(item => item.Account)]), call.Rpc);
        await call.ShowAsync<BlocksPage>(
            new BlocksModel(
                call.Frame(call.T("Blocked people and servers")) with { Here = Path }, [.. views.OfType<AccountView>()],
                people is { HasMore: true, Items: [.., var last] } ? $"{Path}?max_id={last.Id}" : null,
                [.. domains.Items.Select(item => item.Domain)],
                domains is { HasMore: true, Items: [.., var lastDomain] }
                    ? $"{Path}?max_domain_id={lastDomain.Id}#servers"
                    : null,
                name, domain),
            (name.Problem ?? domain.Problem) is null
                ? StatusCodes.Status200OK
                : StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task AddAsync(PageCall call, Parameters form)
    {
        var typed = (form.Text("name") ?? "").Trim();
        try
        {
            var target = await HiddenPeople.FindAsync(call, typed);
            await call.Services.Relations.Block(new Block(call.SignedIn().Id, target.Id), call.Rpc);
        }
        catch (ServiceException refusal) when (HiddenPeople.IsToBeMended(refusal))
        {
            await ListAsync(call, new Typed(typed, call.InWords(refusal)), Typed.Nothing);
            return;
        }
        call.GoTo(Path);
    }

    private static async Task ChangeDomainAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        var typed = (form.Text("unblock") ?? form.Text("domain") ?? "").Trim();
        try
        {
            await call.Services.Relations.BlockDomain(
                new BlockDomain(viewer.Id, typed, IsBlocked: form.Text("unblock") is null), call.Rpc);
        }
        catch (ServiceException refusal) when (refusal.Code == ErrorCode.Invalid)
        {
            await ListAsync(call, Typed.Nothing, new Typed(typed, call.InWords(refusal)));
            return;
        }
        call.GoTo(Path + "#servers");
    }

    private static async Task AskAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        var query = Parameters.OfQuery(call.Http.Request);
        var target = await HiddenPeople.FindAsync(call, query.Text("name") ?? "");
        await call.ShowAsync<BlockPage>(new BlockModel(
            call.Frame(call.T("Block @{0}?", target.Username)), target, await HiddenPeople.TieAsync(call, target),
            PageCall.LocalPath(query.Text("return_to")) ?? "/@" + target.Username));
    }

    private static async Task BlockAsync(PageCall call, Parameters form)
    {
        var target = await HiddenPeople.FindAsync(call, form.Text("name") ?? "");
        await call.Services.Relations.Block(new Block(call.SignedIn().Id, target.Id), call.Rpc);
        call.GoBack(form);
    }
}
