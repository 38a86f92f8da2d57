using Microsoft.Extensions.Logging.Abstractions;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web;

/// <summary>How much a page is.</summary>
/// <param name="Posts">Posts and boosts on it; a boost and the post within are one.</param>
/// <param name="Bytes">Of its JSON.</param>
public readonly record struct PageSize(int Posts, int Bytes);

/// <summary>
/// Home pages as the bytes that <c>GET /api/v1/timelines/home</c> answers, for who is in the same process: what is
/// measured with it is what readers get, without HTTP. Thread-safe; with a cache of its own.
/// </summary>
public sealed class HomePages
{
    private readonly Site _site;

    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    public HomePages(WebServices services, WebOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _site = new Site(services, options, TimeProvider.System, NullLoggerFactory.Instance);
    }

    /// <summary>Makes a page, and throws its bytes away.</summary>
    public async ValueTask<PageSize> ReadAsync(AccountId viewer, PageRange range, Call call)
    {
        var page = await _site.Services.Timelines.HomeOutline(new HomeTimeline(viewer, range), call);
        using var buffer = new Utf8Buffer(Utf8Buffer.PageBytes);
        await _site.OutlinedPages.WriteAsync(buffer, page, viewer, call);
        return new PageSize(page.Count, buffer.Length);
    }
}
