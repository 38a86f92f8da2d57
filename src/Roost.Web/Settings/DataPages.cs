using System.Text;
using Microsoft.AspNetCore.Http;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Pages;

namespace Roost.Web.Settings;

/// <summary>
/// <c>GET /settings/data</c>: what one can take along and bring along; <c>GET /settings/data/:kind.csv</c> and
/// <c>/archive.zip</c>: the files; <c>POST /settings/data/import</c>: bringing one along. Of the signed-in account
/// only.
/// </summary>
internal static class DataPages
{
    private const string Path = "/settings/data";

    /// <summary>Thousands of rows are written, each to disk.</summary>
    private static readonly TimeSpan _importTimeMax = TimeSpan.FromMinutes(5);

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, call => ShowAsync(call, null));
        routes.Get(Path + "/archive.zip", ArchiveAsync);
        foreach (var kind in CsvExports.Kinds)
            routes.Get($"{Path}/{kind}.csv", call => FileAsync(call, kind));
        routes.Post(Path + "/import", ImportAsync);
    }

    private static async Task ShowAsync(
        PageCall call, ImportReport? report, string? problem = null, int status = StatusCodes.Status200OK)
    {
        call.SignedIn();
        await call.ShowAsync<DataPage>(new DataModel(call.Frame(call.T("Your data"), problem), report), status);
    }

    private static async Task FileAsync(PageCall call, string kind)
    {
        var account = Begin(call, "text/csv; charset=utf-8", $"{kind}.csv");
        await using var text = new StreamWriter(call.Http.Response.Body, new UTF8Encoding(false), leaveOpen: true);
        await new CsvExports(call.Services, call.Options, account, Call.Until(call.Http.RequestAborted))
            .WriteAsync(kind, text);
    }

    private static async Task ArchiveAsync(PageCall call)
    {
        var account = Begin(call, "application/zip", $"{call.SignedIn().Username}.zip");
        // A zip's headers are written without waiting, which the body itself refuses; its pipe keeps them until what
        // comes after is waited for.
        await using var to = call.Http.Response.BodyWriter.AsStream(leaveOpen: true);
        await new AccountArchive(call.Services, call.Options)
            .WriteAsync(account, to, Call.Until(call.Http.RequestAborted));
    }

    private static Account Begin(PageCall call, string type, string fileName)
    {
        var account = call.SignedIn();
        var response = call.Http.Response;
        response.ContentType = type;
        response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
        response.Headers.CacheControl = "private, no-store";
        return account;
    }

    private static async Task ImportAsync(PageCall call, Parameters form)
    {
        var account = call.SignedIn();
        try
        {
            var text = await TextAsync(call);
            var until = new Call(Deadline.After(_importTimeMax, call.Site.Time), call.Http.RequestAborted);
            var report = await new CsvImports(call.Site, account, until).RunAsync(form.Text("kind") ?? "", text);
            await ShowAsync(call, report);
        }
        catch (ServiceException refusal) when (refusal.Code == ErrorCode.Invalid)
        {
            await ShowAsync(
                call, null, call.InWords(refusal), StatusCodes.Status422UnprocessableEntity);
        }
    }

    private static async ValueTask<string> TextAsync(PageCall call)
    {
        var request = call.Http.Request;
        var file = request.HasFormContentType
            ? (await request.ReadFormAsync(call.Http.RequestAborted)).Files.GetFile("file")
            : null;
        if (file is null || file.Length == 0)
            throw Faults.Invalid("There is no file. Choose one, and send it again.");
        using var reader = new StreamReader(file.OpenReadStream(), Encoding.UTF8);
        return await reader.ReadToEndAsync(call.Http.RequestAborted);
    }
}
