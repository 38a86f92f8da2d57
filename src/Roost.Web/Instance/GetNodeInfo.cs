using System.Text.Json.Serialization;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Instance;

internal sealed record NodeInfoLinks(IReadOnlyList<NodeInfoLink> Links);
internal sealed record NodeInfoLink(string Rel, string Href);

/// <summary>NodeInfo 2.0, whose names are in camel case.</summary>
internal sealed record NodeInfo(
    string Version, NodeInfoSoftware Software, IReadOnlyList<string> Protocols, NodeInfoServices Services,
    [property: JsonPropertyName("openRegistrations")] bool OpenRegistrations,
    NodeInfoUsage Usage, NodeInfoMetadata Metadata);
internal sealed record NodeInfoSoftware(string Name, string Version);
internal sealed record NodeInfoServices(IReadOnlyList<string> Inbound, IReadOnlyList<string> Outbound);
internal sealed record NodeInfoUsage(
    NodeInfoUsers Users, [property: JsonPropertyName("localPosts")] long LocalPosts);
internal sealed record NodeInfoUsers(long Total, [property: JsonPropertyName("activeMonth")] long ActiveMonth);
internal sealed record NodeInfoMetadata(
    [property: JsonPropertyName("nodeName")] string NodeName,
    [property: JsonPropertyName("nodeDescription")] string NodeDescription, NodeInfoSoftware Server);

/// <summary><c>GET /.well-known/nodeinfo</c> and <c>/nodeinfo/2.0</c>: which software this is. Clients know servers by
/// the name that they find here, and what those can do by the version: so it is the software whose client API this is,
/// as with forks of it; which it is in truth stands in the version and in the metadata.</summary>
internal static class GetNodeInfo
{
    public static void Map(ApiRoutes routes)
    {
        var links = new NodeInfoLinks(
            [new NodeInfoLink("http://nodeinfo.diaspora.software/ns/schema/2.0",
                routes.Site.Options.Root + "/nodeinfo/2.0")]);
        routes.Get("/.well-known/nodeinfo", Access.Anyone, call =>
            call.ReplyAsync(links, WebJson.Default.NodeInfoLinks));
        routes.Get("/nodeinfo/2.0", Access.Anyone, RunAsync);
    }

    private static async Task RunAsync(ApiCall call)
    {
        var options = call.Site.Options;
        var users = new NodeInfoUsers(
            await call.Services.Users.Count(new CountAccounts(), call.Rpc),
            await call.Site.ActiveMonth.GetAsync(call.Services.Figures, call.Rpc));
        var reply = new NodeInfo(
            "2.0", new NodeInfoSoftware("mastodon", GetInstance.VersionOf(options)), [], new NodeInfoServices([], []),
            options.Registrations == Registrations.Open,
            new NodeInfoUsage(users, await GetInstance.PostsAsync(call)),
            new NodeInfoMetadata(options.Title, options.Description, new NodeInfoSoftware("roost", options.Version)));
        await call.ReplyAsync(reply, WebJson.Default.NodeInfo);
    }
}
