using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Roost.Rpc;
using Roost.Services.WebPush;
using Roost.Web.Http;
using Roost.Web.Limits;
using Roost.Web.Notifications;
using Roost.Web.Pages;

namespace Roost.Web;

/// <summary>
/// Everything Roost shows on its client port: the Mastodon client API, OAuth, and the pages. Presentation only: it
/// keeps no
/// state but caches that can be thrown away, and asks <see cref="WebServices"/> for all else.
/// <code>
///  request → errors become replies → cross-origin rules → routing → token or session checked → endpoint → services
/// </code>
/// </summary>
public static class WebApp
{
    /// <summary>Largest body of a request, but where pictures are taken. Without them, nobody has more to say.
    /// </summary>
    internal const long RequestBytesMax = 1 << 20;

    /// <summary>
    /// Adds the client port's middleware and endpoints. Call once, before the application starts; needs nothing from
    /// the
    /// container but logging, so <see cref="WebApplication.CreateSlimBuilder()"/> is enough. Starts no thread and
    /// opens no file.
    /// Behind a proxy, add forwarded-headers middleware before it: wrong passwords and requests are counted by remote
    /// address.
    /// </summary>
    /// <param name="services">Kept for the application's life; not disposed.</param>
    /// <param name="time">The clock of deadlines and throttling; the system's unless told.</param>
    /// <param name="scope">What of it is answered.</param>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    public static void Map(
        WebApplication app, WebServices services, WebOptions options, TimeProvider? time = null,
        WebScope scope = WebScope.Whole)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();

        var loggers = app.Services.GetRequiredService<ILoggerFactory>();
        var site = new Site(
            services, options, time ?? TimeProvider.System, loggers, app.Services.GetService<IMeterFactory>());
        var pages = new PageRoutes(app, site);
        var errors = new ErrorReplies(
            pages.ShowProblemAsync, new RequestMetrics(app.Services.GetService<IMeterFactory>()), options, loggers);

        app.Use(next => http => errors.RunAsync(http, next));
        app.Use(next => http => Begin(http) ? Task.CompletedTask : next(http));
        app.Use(next => http => site.Door.IsClosedTo(http.Connection.RemoteIpAddress)
            ? throw new ServiceException(ErrorCode.Forbidden, "This server is closed to your address")
            : next(http));
        var api = new ApiRoutes(app, site);
        if (scope == WebScope.Streams)
        {
            ApiEndpoints.MapStreams(api);
            PageEndpoints.MapStreams(pages);
        }
        else
        {
            ApiEndpoints.Map(api);
            PageEndpoints.Map(pages);
            AssetFiles.Map(app);
        }
        app.Map("/{**path}", new RequestDelegate(http => UnknownAsync(site, http)));
        if (app.Services.GetService<UnreadableRequests>() is { } unreadable)
            unreadable.Answer = http => RefuseUnreadableAsync(app, site.Time, errors, http);
        PresentAlerts(services.WebPush, options);
        site.Streams.Start(app.Lifetime.ApplicationStopping);
    }

    /// <summary>Has push messages say what happened, from now on: whoever sends them need not have the client port.
    /// </summary>
    public static void PresentAlerts(WebPushApi webPush, WebOptions options)
    {
        ArgumentNullException.ThrowIfNull(webPush);
        ArgumentNullException.ThrowIfNull(options);
        PushAlerts.Attach(webPush, options);
    }

    /// <returns>True when the request is answered already.</returns>
    private static bool Begin(HttpContext http)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = RequestBytesMax;
        if (http.Request.ContentLength > RequestBytesMax && HttpProtocol.IsHttp11(http.Request.Protocol))
            http.Response.OnStarting(TellOfEndAsync, http);
        return CrossOrigin.Apply(http);
    }

    /// <summary>A body over its limit is not read, not even to get past it, so the connection ends with the reply, and
    /// whoever meant to ask over it again is told.</summary>
    private static Task TellOfEndAsync(object context)
    {
        var http = (HttpContext)context;
        if (http.Request.ContentLength > http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize)
            http.Response.Headers.Connection = "close";
        return Task.CompletedTask;
    }

    private static Task RefuseUnreadableAsync(
        WebApplication app, TimeProvider time, ErrorReplies errors, HttpContext http)
    {
        http.RequestServices = app.Services;
        http.Response.Headers.Date = time.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        Begin(http);
        return errors.RefuseUnreadableAsync(http);
    }

    private static Task UnknownAsync(Site site, HttpContext http)
    {
        var path = http.Request.Path;
        if (RequestGate.Counts(path.Value) && site.Gate.Refuses(http, null) is { } refusal)
            return site.Gate.AnswerAsync(http, refusal);
        throw ErrorReplies.IsForPrograms(path)
            ? Faults.NotFound()
            : new ServiceException(ErrorCode.NotFound,
                "This address leads nowhere. Perhaps a letter is missing at its end.");
    }
}

/// <summary>What of the client port a process answers.</summary>
public enum WebScope
{
    Whole,
    /// <summary>The connections that stay, alone.</summary>
    Streams,
}
