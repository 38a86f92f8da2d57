using System.Text.Json;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Accounts;

/// <summary>Accounts and posts as parts of other replies.</summary>
internal static class AccountElement
{
    public static JsonElement Of(Site site, AccountView view)
    {
        using var buffer = new Utf8Buffer();
        site.Accounts.Write(buffer, view);
        return Parsed(buffer);
    }

    /// <summary>The account, or null when it is not there.</summary>
    public static async ValueTask<JsonElement?> OfAsync(ApiCall call, Account? account)
    {
        if (account is null) return null;
        var views = await call.Services.Timelines.Accounts(new HydrateAccounts([account.Id]), call.Rpc);
        return views[0] is { } view ? Of(call.Site, view) : null;
    }

    public static JsonElement Of(Site site, TimelineEntry entry)
    {
        using var buffer = new Utf8Buffer();
        site.Statuses.Write(buffer, entry, default);
        return Parsed(buffer);
    }

    private static JsonElement Parsed(Utf8Buffer buffer)
    {
        using var document = JsonDocument.Parse(buffer.ToArray());
        return document.RootElement.Clone();
    }
}
