using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Admin.Errors;
using Roost.Web;
using Roost.Web.Http;

namespace Roost.Composition;

/// <summary>The web server on the client port: the same over services of this process and of others.</summary>
internal static class WebHost
{
    /// <summary>The bare web server, its port not yet open.</summary>
    public static WebApplication Build(
        ClientPort port, LogLevel logLevel, AdminPort? admin, ErrorBook errors) => AppHost.Build(
        port, admin, logLevel, static on => on.Use(SocketOutput.Around),
        // A post is 5,000 characters at most; nothing that this port takes comes near a mebibyte.
        limits => limits.MaxRequestBodySize = 1 << 20,
        // With its log the host would make an activity and a scope for every request, which a stream keeps. Whoever
        // listens to activities still gets them.
        builder =>
        {
            builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
            // Of what the host registers, the web server alone takes this; all else listens as before.
            var unreadable = new UnreadableRequests();
            builder.Services.AddSingleton(unreadable).AddSingleton<DiagnosticSource>(unreadable);
            if (admin is null) builder.Logging.AddProvider(errors);
        });

    /// <summary>Whoever gave the options from outside is told what is wrong with them, rather than met with a
    /// bug.</summary>
    public static WebOptions Checked(WebOptions options)
    {
        try
        {
            options.Validate();
            return options;
        }
        catch (ArgumentException wrong)
        {
            throw new ServiceException(ErrorCode.Invalid, wrong.Message, inner: wrong);
        }
    }

    /// <summary>Adds all that it answers, and who is believed that tells for whom it asks.</summary>
    public static void Map(
        WebApplication app, WebServices services, WebOptions options, WebScope scope = WebScope.Whole)
    {
        app.UseForwardedHeaders(ForwardingOf(options));
        WebApp.Map(app, services, options, scope: scope);
    }

    /// <summary>
    /// Behind a proxy everybody would else share the proxy's address, its sign-in attempts and its rate limits. Who is
    /// believed is told from the connection on backwards: the first address of the header that is no proxy's is the one
    /// that asks, whatever else that one wrote there.
    /// </summary>
    private static ForwardedHeadersOptions ForwardingOf(WebOptions web)
    {
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor,
            ForwardLimit = null,
        };
        foreach (var network in web.Proxies) options.KnownIPNetworks.Add(network);
        return options;
    }
}
