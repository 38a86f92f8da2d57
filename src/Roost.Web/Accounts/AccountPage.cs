using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Accounts;

/// <summary>Answers with a JSON array of accounts.</summary>
internal static class AccountPage
{
    /// <param name="views">Null where there is no such account any more; those are left out.</param>
    public static async Task ReplyAsync(ApiCall call, IReadOnlyList<AccountView?> views)
    {
        using var buffer = new Utf8Buffer();
        Write(call.Site.Accounts, buffer, views);
        await call.ReplyAsync(buffer);
    }

    /// <inheritdoc cref="ReplyAsync"/>
    public static void Write(AccountRenderer accounts, Utf8Buffer buffer, IReadOnlyList<AccountView?> views)
    {
        buffer.Write("["u8);
        var isFirst = true;
        foreach (var view in views)
        {
            if (view is null) continue;
            if (!isFirst) buffer.Write(","u8);
            isFirst = false;
            accounts.Write(buffer, view);
        }
        buffer.Write("]"u8);
    }
}
