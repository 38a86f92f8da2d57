using Microsoft.AspNetCore.Builder;
using Roost.Web.Http;

namespace Roost.Web;

/// <summary>
/// Everything Roost shows on its client port: the Mastodon client API, OAuth, and the pages. Presentation only: it keeps no
/// state but caches that can be thrown away, and asks <see cref="WebServices"/> for all else.
/// </summary>
public static class WebApp
{
    /// <summary>
    /// Adds the client port's middleware and endpoints. Call once, before the application starts; needs nothing from the
    /// container but logging, so <see cref="WebApplication.CreateSlimBuilder()"/> is enough. Starts no thread and opens no file.
    /// </summary>
    /// <param name="services">Kept for the application's life; not disposed.</param>
    /// <param name="time">The clock of deadlines and throttling; the system's unless told.</param>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    public static void Map(WebApplication app, WebServices services, WebOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();

        var site = new Site(services, options, time ?? TimeProvider.System, app.Services.GetRequiredService<ILoggerFactory>());
    }
}
