using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roost.Rpc.Admin.Network;
using Roost.Rpc.Toggles;

namespace Roost.Rpc.Admin;

/// <summary><c>/admin/toggles</c>: for how much what is new is on, changed here or in all processes.</summary>
internal static class TogglesPage
{
    public const string Path = "/admin/toggles";

    private static readonly double[] _offered = [0, 0.01, 0.05, 0.2, 0.5, 1];

    public static void Map(IEndpointRouteBuilder pages, AdminSources sources)
    {
        var book = sources.Toggles;
        pages.MapGet(Path, () => Results.Content(PageOf(book), AdminHtml.ContentType));
        pages.MapGet(Path + ".json", () => Json(book));
        pages.MapPost(Path, (string name, string fraction, HttpRequest request) =>
            Change(book, name, fraction) ?? (request.HasFormContentType ? Results.Redirect(Path) : Json(book)));
        pages.MapPost("/admin/network/toggles", async (string name, string fraction, CancellationToken ct) =>
            Change(book, name, fraction) ?? await NetworkPages.TellOthersAsync(
                sources.Network,
                $"{Path}?name={Uri.EscapeDataString(name)}&fraction={Uri.EscapeDataString(fraction)}", ct));
    }

    /// <summary>Null when it was done.</summary>
    private static IResult? Change(ToggleBook book, string name, string fraction)
    {
        if (book.Find(name) is not { } toggle)
        {
            return Results.Text(
                "There is no such toggle here; /admin/toggles.json lists them.\n",
                statusCode: StatusCodes.Status404NotFound);
        }
        if (fraction == "default")
        {
            toggle.Set(toggle.Usual);
            return null;
        }
        if (!AdminText.TryFraction(fraction, out var wanted))
        {
            return Results.Text(
                $"'{fraction}' is no fraction; give 0 to 1, like 0.05, or default.\n",
                statusCode: StatusCodes.Status400BadRequest);
        }
        toggle.Set(wanted);
        return null;
    }

    private static IResult Json(ToggleBook book) =>
        AdminText.Json(book.Report(), TogglesJson.Default.IReadOnlyListToggleReport);

    private static string PageOf(ToggleBook book)
    {
        var html = new StringBuilder(AdminHtml.Head).Append("<h1>Toggles</h1>");
        var table = new HtmlTable(
            html, "Toggle", "#On for %", "#Failed with", "#of", "#Failed without", "#of", "Set to");
        foreach (var one in book.Report())
        {
            table.Row(
                one.Name + (one.HasGoneBack ? " (turned off by itself)" : ""), one.Fraction * 100, one.OnFailures,
                one.OnUses, one.OffFailures, one.OffUses, FormsOf(one));
            table.Note(one.About);
        }
        table.End();
        return html.Append("""
            <p class="faint">In this process, until it ends. While one is on for a part, failures with it and without it
            are counted (in the last 20,000 uses or so), and it is turned off by itself when it clearly does harm.
            <code>POST /admin/network/toggles?name=…&amp;fraction=0.05</code> changes it in all processes.</p>
            <p><a href="/admin">Summary</a> · <a href="/admin/toggles.json">toggles.json</a></p>
            """).ToString();
    }

    private static HtmlButtons FormsOf(ToggleReport toggle) => new(
    [
        .. _offered.Select(fraction => (
            string.Create(CultureInfo.InvariantCulture, $"{fraction * 100:0} %"),
            string.Create(
                CultureInfo.InvariantCulture, $"{Path}?name={Uri.EscapeDataString(toggle.Name)}&fraction={fraction}"))),
    ]);
}

/// <summary>Members are only ever added.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<ToggleReport>))]
internal sealed partial class TogglesJson : JsonSerializerContext;
