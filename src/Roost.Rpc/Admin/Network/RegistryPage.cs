using System.Text;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Roost.Rpc.Admin.Network;

/// <summary><c>/admin/registry</c>: who is announced, as this process has heard.</summary>
internal static class RegistryPage
{
    public static void Map(IEndpointRouteBuilder pages, NetworkView network)
    {
        pages.MapGet("/admin/registry", () => Results.Content(PageOf(network.Registry()), AdminHtml.ContentType));
        pages.MapGet("/admin/registry.json", () => AdminText.Json(
            network.Registry(), RegistryJson.Default.IReadOnlyListRegistered));
    }

    private static string PageOf(IReadOnlyList<Registered> registry)
    {
        var html = new StringBuilder(AdminHtml.Head).Append("<h1>Registry</h1>");
        var table = new HtmlTable(
            html, "Service", "Address", "Zone", "#Weight", "Version", "Admin", "Instance", "Gone since");
        foreach (var one in registry)
        {
            var info = one.Instance;
            table.Row(
                one.Service, info.Address, info.Zone, info.Weight, info.Version, info.Admin, info.Id,
                one.Gone?.ToString("u"));
        }
        table.End();
        return html.Append("""
            <p class="faint">The first is this process; others are those that the store has told of. Whom it calls, and
            how they do, is under clients.</p>
            <p><a href="/admin">Summary</a> · <a href="/admin/network">Network</a> ·
            <a href="/admin/clients">Clients</a> · <a href="/admin/registry.json">registry.json</a></p>
            """).ToString();
    }
}

/// <summary>Members are only ever added.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<Registered>))]
internal sealed partial class RegistryJson : JsonSerializerContext;
