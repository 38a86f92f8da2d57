using System.Text.Encodings.Web;
using Roost.Services.Posts;
using Roost.Services.Timelines;

namespace Roost.Web.Http;

/// <summary>
/// The client API's paging: <c>max_id</c>, <c>since_id</c>, <c>min_id</c> in, a Link header (RFC 8288) out.
/// </summary>
internal static class Paging
{
    public const int StatusesUsual = 20;
    public const int StatusesMax = 40;

    /// <summary>
    /// What a timeline request asks for. With both <c>min_id</c> and <c>since_id</c>, <c>min_id</c> decides.
    /// </summary>
    public static PageRange RangeOf(Parameters query)
    {
        var after = query.Post("min_id");
        var oldest = !after.IsNone || query.Text("min_id") == "0";
        if (!oldest) after = query.Post("since_id");
        return new PageRange(query.Post("max_id"), after, oldest, query.Limit(StatusesUsual, StatusesMax));
    }

    /// <summary>Adds the Link header of a page of posts; none to an empty page.</summary>
    public static void AddLinks(ApiCall call, TimelinePage page)
    {
        if (page.Entries is not [var first, .., var last])
            (first, last) = page.Entries is [var only] ? (only, only) : (null, null);
        if (first is null || last is null) return;
        AddLinks(call, first.Post.Id.Value, last.Post.Id.Value, page.HasOlder);
    }

    /// <inheritdoc cref="AddLinks(ApiCall, TimelinePage)"/>
    public static void AddLinks(ApiCall call, OutlinedPage page)
    {
        if (page.Posts.Length == 0) return;
        // Behind the last entry's own row may be those of what is within.
        var last = 0;
        for (var row = 0; row < page.Posts.Length; row += PostOutline.RowsAt(page.Posts, row)) last = row;
        AddLinks(call, page.Posts[0].Ref.Id.Value, page.Posts[last].Ref.Id.Value, page.HasOlder);
    }

    /// <param name="newest">Cursor of the page's first item.</param>
    /// <param name="oldest">Cursor of the page's last item.</param>
    public static void AddLinks(ApiCall call, long newest, long oldest, bool hasOlder)
    {
        var request = call.Http.Request;
        var (root, path, query) = (call.Site.Root, request.Path.ToUriComponent(), KeptQuery(call.Query));
        call.Http.Response.Headers.Link = hasOlder
            ? $"<{root}{path}{query}max_id={oldest}>; rel=\"next\", <{root}{path}{query}min_id={newest}>; rel=\"prev\""
            : $"<{root}{path}{query}min_id={newest}>; rel=\"prev\"";
    }

    /// <summary>"?" and all parameters but the cursors, ending so that one more can follow.</summary>
    private static string KeptQuery(Parameters query)
    {
        // Hot path: most requests name a limit and nothing else.
        var kept = "?";
        foreach (var (name, values) in query.All)
        {
            if (name is "max_id" or "since_id" or "min_id") continue;
            foreach (var value in values)
                kept = $"{kept}{UrlEncoder.Default.Encode(name)}={UrlEncoder.Default.Encode(value ?? "")}&";
        }
        return kept;
    }
}
