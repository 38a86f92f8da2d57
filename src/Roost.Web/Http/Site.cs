using System.Diagnostics.Metrics;
using Roost.Web.Instance;
using Roost.Web.Limits;
using Roost.Web.Moderation;
using Roost.Web.Rendering;
using Roost.Web.Sessions;
using Roost.Web.Streaming;

namespace Roost.Web.Http;

/// <summary>
/// What every endpoint of one client port shares. Made once by <see cref="WebApp.Map"/>; thread-safe throughout.
/// </summary>
internal sealed class Site
{
    /// <param name="meters">Null where nothing is measured.</param>
    public Site(
        WebServices services, WebOptions options, TimeProvider time, ILoggerFactory loggers,
        IMeterFactory? meters = null)
    {
        Services = services;
        Options = options;
        Root = options.Root;
        Time = time;
        Loggers = loggers;
        // Posts outnumber the accounts that wrote them; an account's fragment is also the smaller one.
        Accounts = new AccountRenderer(options, options.FragmentCacheBytes / 4, services.Community.Emojis);
        Statuses = new StatusRenderer(
            options, Accounts, options.FragmentCacheBytes / 4 * 3, services.Community.Emojis, time,
            services.Cards.LookUp);
        OutlinedPages = new OutlinedPageRenderer(services.Timelines, services.Posts, services.Users, Statuses);
        Passwords = new PasswordGate(services.Users, options, time);
        ActiveMonth = new ActiveMonth(time);
        Door = new Doorkeeper(services.Community, time);
        Gate = new RequestGate(options.RateLimits, time, new LimitMetrics(meters));
        // Last: it is given events, and shows them with what is above, from here on.
        Streams = new StreamGateway(this, loggers.CreateLogger<StreamGateway>());
    }

    public WebServices Services { get; }
    public WebOptions Options { get; }

    /// <summary><see cref="WebOptions.Root"/>, taken apart once.</summary>
    public string Root { get; }

    public TimeProvider Time { get; }
    public ILoggerFactory Loggers { get; }
    public AccountRenderer Accounts { get; }
    public StatusRenderer Statuses { get; }
    public OutlinedPageRenderer OutlinedPages { get; }
    public StreamGateway Streams { get; }
    public PasswordGate Passwords { get; }
    public ActiveMonth ActiveMonth { get; }
    public Doorkeeper Door { get; }
    public RequestGate Gate { get; }
}
