using Roost.Engine.Ids;
using Roost.Web.Http;

namespace Roost.Web.Search;

/// <summary>What search requests have in common: offsets, and addresses of this server typed as a query.</summary>
internal static class SearchRequests
{
    private const int OffsetMax = 10_000;

    public static int Offset(ApiCall call) => (int)Math.Min(call.Query.Cursor("offset"), OffsetMax);

    /// <summary>The account and post that an address of this server names: <c>https://ours/@ann/123</c>.</summary>
    /// <returns>False when it is no address of ours; the id is <c>default</c> when it names an account only.</returns>
    public static bool IsAddress(string text, Site site, out string name, out PostId id)
    {
        (name, id) = ("", default);
        if (!text.StartsWith(site.Root + "/@", StringComparison.OrdinalIgnoreCase))
            return false;
        var parts = text[(site.Root.Length + 2)..].TrimEnd('/').Split('/');
        name = parts[0];
        return parts.Length == 1 || (parts.Length == 2 && PostId.TryParse(parts[1], out id));
    }
}
