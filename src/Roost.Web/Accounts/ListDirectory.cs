using Roost.Engine.Ids;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Accounts;

/// <summary>
/// <c>GET /api/v1/directory</c>: who is here, by their newest post (<c>order=active</c>, those who have posted) or the
/// newest first (<c>order=new</c>), paged by offset. Only those who want to be found (<c>discoverable</c>) and whom
/// moderators have not limited; the first <see cref="OffsetMax"/> in their order are looked at. Who blocks the viewer
/// or is blocked is left out, so a page may have fewer than asked for. Everybody is a local account.
/// </summary>
internal static class ListDirectory
{
    private const int Usual = 40;
    private const int Max = 80;
    private const int OffsetMax = 10_000;
    private const int LookedAtOnce = 1_000;

    public static void Map(ApiRoutes routes) => routes.Get("/api/v1/directory", Access.Anyone, RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var offset = (int)Math.Min(call.Query.Number("offset"), OffsetMax);
        var limit = call.Query.Limit(Usual, Max);
        _ = call.Query.Flag("local");
        var ids = call.Query.Text("order") switch
        {
            null or "" or "active" => await FindAsync(
                call, offset, limit, at => call.Services.Marks.Active(new ListActive(at, LookedAtOnce), call.Rpc)),
            "new" => await FindAsync(call, offset, limit, at => NewestAsync(call, at)),
            var other => throw Faults.Invalid($"order is '{Parameters.Shortened(other)}'; send active or new."),
        };
        var seen = await SeenAccounts.OfAsync(call, default, [.. ids.Select(id => (0L, id))]);
        await AccountPage.ReplyAsync(call, await call.Services.Timelines.Accounts(new HydrateAccounts(seen), call.Rpc));
    }

    private static async ValueTask<List<AccountId>> FindAsync(
        ApiCall call, int offset, int limit, Func<int, ValueTask<AccountId[]>> look)
    {
        var found = new List<AccountId>(limit);
        for (var (at, passed) = (0, 0); at < OffsetMax; at += LookedAtOnce)
        {
            var ids = await look(at);
            foreach (var account in await call.Services.Users.Get(new GetAccounts(ids), call.Rpc))
            {
                if (account is not { Profile.Discoverable: true, IsSilenced: false } || passed++ < offset) continue;
                found.Add(account.Id);
                if (found.Count == limit) return found;
            }
            if (ids.Length < LookedAtOnce) break;
        }
        return found;
    }

    /// <summary>Ids are given in the order in which accounts were made.</summary>
    private static async ValueTask<AccountId[]> NewestAsync(ApiCall call, int offset)
    {
        var newest = (int)await call.Services.Users.Count(new CountAccounts(), call.Rpc) - offset;
        return newest <= 0
            ? []
            : [.. Enumerable.Range(0, Math.Min(LookedAtOnce, newest)).Select(i => new AccountId(newest - i))];
    }
}
