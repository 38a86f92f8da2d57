using System.Security;
using System.Text;
using Microsoft.AspNetCore.Http;
using Roost.Services.Users;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Instance;

internal sealed record WebFingerLink(string Rel, string Type, string Href);

internal sealed record WebFingerReply(
    string Subject, IReadOnlyList<string> Aliases, IReadOnlyList<WebFingerLink> Links);

/// <summary>
/// <c>GET /.well-known/webfinger</c> (RFC 7033): where the profile is of <c>acct:name@ourdomain</c>, or whose an
/// address of a profile is. <c>GET /.well-known/host-meta</c> (RFC 6415 §2) leads there: apps learn from it under which
/// name they are to speak to a server.
/// </summary>
internal static class GetWebFinger
{
    private const string Path = "/.well-known/webfinger";
    private const string Scheme = "acct:";

    public static void Map(ApiRoutes routes)
    {
        var template = SecurityElement.Escape(routes.Site.Options.Root + Path + "?resource={uri}");
        var hostMeta = Encoding.UTF8.GetBytes(
            $"""
             <?xml version="1.0" encoding="UTF-8"?>
             <XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">
               <Link rel="lrdd" template="{template}"/>
             </XRD>

             """);
        routes.Get("/.well-known/host-meta", Access.Anyone, call =>
            call.ReplyAsync(hostMeta, "application/xrd+xml; charset=utf-8"));
        routes.Get(Path, Access.Anyone, RunAsync);
    }

    private static async Task RunAsync(ApiCall call)
    {
        if (call.Query.Text("resource") is not { Length: > 0 } resource)
        {
            await ErrorReplies.WriteJsonAsync(
                call.Http, StatusCodes.Status400BadRequest,
                "Say of whom: resource=acct:name@domain, or the address of a profile");
            return;
        }
        var options = call.Site.Options;
        if (NameIn(resource, options) is not { Length: > 0 } name) throw Faults.NotFound();
        var found = await call.Services.Users.Find(new FindAccounts([name]), call.Rpc);
        if (found[0] is not { } account) throw Faults.NotFound();
        var url = AccountRenderer.UrlOf(account, options);
        await call.ReplyAsync(
            new WebFingerReply(
                $"{Scheme}{account.Username}@{options.Domain}", [url],
                [new WebFingerLink("http://webfinger.net/rel/profile-page", "text/html", url)]),
            WebJson.Default.WebFingerReply, contentType: "application/jrd+json; charset=utf-8");
    }

    /// <summary>The username that is asked about; null when it is not of this server.</summary>
    private static string? NameIn(string resource, WebOptions options)
    {
        if (resource.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return GetAccount.LocalName(resource[Scheme.Length..], options);
        var profiles = options.Root + "/@";
        if (resource.StartsWith(profiles, StringComparison.OrdinalIgnoreCase)) return resource[profiles.Length..];
        return resource.Contains("://", StringComparison.Ordinal) ? null : GetAccount.LocalName(resource, options);
    }
}
