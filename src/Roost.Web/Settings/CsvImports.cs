using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Users;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Search;
using Roost.Web.Statuses;

namespace Roost.Web.Settings;

/// <summary>
/// Takes in the files that <see cref="CsvExports"/> writes, from here or from a Mastodon server. What is there stays:
/// rows add to it. Each row is done for itself, and one that cannot be is named by its line; doing a file again does
/// the rest of it.
/// </summary>
internal sealed class CsvImports(Site site, Account account, Call call)
{
    public const int RowsMax = 20_000;

    /// <summary>So many rows wait together for one group commit.</summary>
    private const int RowsAtOnce = 64;

    /// <summary>What the first cell of a heading says, where a file has one.</summary>
    private static readonly string[] _headings = ["Account address", "#domain", "#uri", "List name"];

    /// <param name="kind">One of <see cref="CsvExports.Kinds"/>.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: no such kind, or too many rows; nothing was
    /// done.</exception>
    public async ValueTask<ImportReport> RunAsync(string kind, string text)
    {
        Func<CsvRow, string[], ValueTask> take = kind switch
        {
            "follows" => FollowAsync,
            "blocks" => BlockAsync,
            "mutes" => MuteAsync,
            "lists" => JoinAsync,
            "bookmarks" => BookmarkAsync,
            "domain_blocks" => BlockDomainAsync,
            _ => throw Faults.Invalid($"'{Parameters.Shortened(kind)}' is no kind of file that can be brought along."),
        };
        var rows = Csv.Read(text).Take(RowsMax + 2).ToList();
        string[] heading = [];
        if (rows is [var first, ..] && _headings.Contains(first[0], StringComparer.OrdinalIgnoreCase))
        {
            heading = [.. first.Fields.Select(field => field.Trim())];
            rows.RemoveAt(0);
        }
        if (rows.Count > RowsMax)
            throw Faults.Invalid($"The file has more than {RowsMax:N0} rows. Cut it in parts; nothing was done.");
        // Rows of one list lean on each other: the first makes it.
        var atOnce = kind == "lists" ? 1 : RowsAtOnce;
        var refused = new List<RefusedRow>();
        foreach (var some in rows.Chunk(atOnce))
        {
            var told = await Task.WhenAll(some.Select(row => TryAsync(row, heading, take)));
            refused.AddRange(told.OfType<RefusedRow>());
        }
        return new ImportReport(kind, rows.Count - refused.Count, refused);
    }

    private static async Task<RefusedRow?> TryAsync(
        CsvRow row, string[] heading, Func<CsvRow, string[], ValueTask> take)
    {
        try
        {
            await take(row, heading);
            return null;
        }
        catch (ServiceException failure) when (failure.Code is ErrorCode.Invalid or ErrorCode.NotFound
            or ErrorCode.Forbidden)
        {
            var what = Parameters.Shortened(string.Join(',', row.Fields));
            return new RefusedRow(row.Line, what, Faults.InWords(failure));
        }
    }

    private async ValueTask FollowAsync(CsvRow row, string[] heading)
    {
        var other = await OtherAsync(row[0]);
        var languages = row[Column(heading, "Languages")]
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(Compose.LanguageOf).OfType<string>().ToArray();
        var terms = new ChangeTerms(
            Flag(row[Column(heading, "Show boosts")]) ?? true,
            Flag(row[Column(heading, "Notify on new posts")]) ?? false, languages);
        await site.Services.Graph.Follow(new Follow(account.Id, other.Id, terms, ByRequest: other.Locked), call);
    }

    private async ValueTask BlockAsync(CsvRow row, string[] heading) => await site.Services.Relations.Block(
        new Block(account.Id, (await OtherAsync(row[0])).Id), call);

    private async ValueTask MuteAsync(CsvRow row, string[] heading) => await site.Services.Relations.Mute(
        new Mute(account.Id, (await OtherAsync(row[0])).Id, Flag(row[Column(heading, "Hide notifications")]) ?? true),
        call);

    private async ValueTask BlockDomainAsync(CsvRow row, string[] heading) =>
        await site.Services.Relations.BlockDomain(new BlockDomain(account.Id, row[0], IsBlocked: true), call);

    private async ValueTask BookmarkAsync(CsvRow row, string[] heading)
    {
        if (!SearchRequests.IsAddress(row[0], site, out _, out var id) || id.IsNone)
            throw Faults.Invalid("That is not the address of a post of this server.");
        if (!await site.Services.Marks.Mark(new MarkPost(account.Id, id, PostMark.Bookmark, IsSet: true), call))
            throw Faults.Invalid("That post is not there, or not for you to see.");
    }

    private async ValueTask JoinAsync(CsvRow row, string[] heading)
    {
        var (title, other) = (row[0], await OtherAsync(row[1]));
        var lists = await site.Services.Lists.All(new GetLists(account.Id), call);
        var list = Array.Find(lists, list => list.Title == title);
        if (list?.Members.Contains(other.Id) is true)
            return;
        var follows = await site.Services.Graph.Relationships(new GetRelationships(account.Id, [other.Id]), call);
        if (!follows[0].Following)
            throw Faults.Invalid("You do not follow this account. Bring along first whom you follow.");
        list ??= await site.Services.Lists.Make(new MakeList(account.Id, title), call);
        await site.Services.Lists.Members(new ChangeMembers(account.Id, list.Id, [other.Id], IsAdded: true), call);
    }

    private async ValueTask<Account> OtherAsync(string address)
    {
        if (address.Length == 0)
            throw Faults.Invalid("There is no account's address.");
        var name = GetAccount.LocalName(address, site.Options)
            ?? throw Faults.Invalid($"That is an account of another server; here are those of {site.Options.Domain}.");
        var found = await site.Services.Users.Find(new FindAccounts([name]), call);
        var other = found[0] ?? throw Faults.Invalid("Nobody here is called that.");
        return other.Id == account.Id ? throw Faults.Invalid("That is you.") : other;
    }

    private static int Column(string[] heading, string name) =>
        Array.FindIndex(heading, field => field.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static bool? Flag(string text) => text.ToLowerInvariant() switch
    {
        "" => null,
        "true" or "1" or "yes" => true,
        "false" or "0" or "no" => false,
        _ => throw Faults.Invalid($"'{Parameters.Shortened(text)}' is neither true nor false."),
    };
}
