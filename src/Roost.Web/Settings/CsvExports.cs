using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Rendering;

namespace Roost.Web.Settings;

/// <summary>
/// What an account can take along as files, in the form that Mastodon writes and reads them: whom it follows, blocks
/// and mutes, its lists, bookmarks and blocked domains. Read page by page and written as it comes, so that no file is
/// in memory whole.
/// </summary>
internal sealed class CsvExports(WebServices services, WebOptions options, Account account, Call call)
{
    private const int PageItems = 80;
    private const int PagePosts = 40;

    /// <summary>The files' kinds, each the name of its file without <c>.csv</c>.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
        ["follows", "blocks", "mutes", "lists", "bookmarks", "domain_blocks"];

    public Task WriteAsync(string kind, TextWriter to) => kind switch
    {
        "follows" => FollowsAsync(to),
        "blocks" => RelatedAsync(RelationKind.Blocks, to, (address, _) => Csv.Row(address)),
        "mutes" => MutesAsync(to),
        "lists" => ListsAsync(to),
        "bookmarks" => BookmarksAsync(to),
        "domain_blocks" => DomainsAsync(to),
        _ => throw new ArgumentException($"There is no file of {kind}.", nameof(kind)),
    };

    private async Task FollowsAsync(TextWriter to)
    {
        await to.WriteAsync(Csv.Row("Account address", "Show boosts", "Notify on new posts", "Languages"));
        for (FollowPage? page = null; page is null or { HasMore: true };)
        {
            page = await services.Graph.List(
                new ListFollows(account.Id, FollowSide.Following, page?.Items[^1].FollowId ?? 0, Limit: PageItems),
                call);
            await RowsAsync([.. page.Items.Select(item => item.Account)], to, (address, relationship) =>
            {
                var terms = relationship.Terms ?? FollowTerms.Usual;
                return Csv.Row(
                    address, Flag(terms.Boosts), Flag(terms.Notify), terms.Languages.Replace(",", ", "));
            });
        }
    }

    private async Task MutesAsync(TextWriter to)
    {
        await to.WriteAsync(Csv.Row("Account address", "Hide notifications"));
        await RelatedAsync(RelationKind.Mutes, to, (address, relationship) =>
            Csv.Row(address, Flag(relationship.Muting is not { Notifications: false })));
    }

    private async Task RelatedAsync(RelationKind kind, TextWriter to, Func<string, Relationship, string> row)
    {
        for (RelationPage? page = null; page is null or { HasMore: true };)
        {
            var range = new RelationRange(page?.Items[^1].Id ?? 0, Limit: PageItems);
            page = await services.Relations.List(new ListRelations(account.Id, kind, range), call);
            await RowsAsync([.. page.Items.Select(item => item.Account)], to, row);
        }
    }

    private async Task RowsAsync(AccountId[] others, TextWriter to, Func<string, Relationship, string> row)
    {
        var accounts = await services.Users.Get(new GetAccounts(others), call);
        var relationships = await services.Graph.Relationships(new GetRelationships(account.Id, others), call);
        for (var i = 0; i < others.Length; i++)
        {
            if (accounts[i] is { } other)
                await to.WriteAsync(row(AddressOf(other), relationships[i]));
        }
    }

    private async Task ListsAsync(TextWriter to)
    {
        foreach (var list in await services.Lists.All(new GetLists(account.Id), call))
        {
            AccountId[] members = [.. list.Members.ToArray().Select(id => new AccountId(id))];
            foreach (var member in await services.Users.Get(new GetAccounts(members), call))
            {
                if (member is not null)
                    await to.WriteAsync(Csv.Row(list.Title, AddressOf(member)));
            }
        }
    }

    private async Task BookmarksAsync(TextWriter to)
    {
        for (MarkedPage? page = null; page is null or { HasMore: true };)
        {
            var range = new RelationRange(page?.Items[^1].Id ?? 0, Limit: PagePosts);
            page = await services.Marks.Marked(new ListMarked(account.Id, MarkedKind.Bookmarks, range), call);
            var request = new HydratePosts(account.Id, [.. page.Items.Select(item => item.Post)])
            {
                IsChosenList = true,
            };
            foreach (var entry in await services.Timelines.Hydrate(request, call))
            {
                if (entry is not null)
                    await to.WriteAsync(Csv.Row(StatusRenderer.UrlOf(entry.Author.Account, entry.Post.Id, options)));
            }
        }
    }

    private async Task DomainsAsync(TextWriter to)
    {
        for (DomainPage? page = null; page is null or { HasMore: true };)
        {
            var range = new RelationRange(page?.Items[^1].Id ?? 0, Limit: PageItems);
            page = await services.Relations.Domains(new ListDomainBlocks(account.Id, range), call);
            foreach (var (_, domain) in page.Items)
                await to.WriteAsync(Csv.Row(domain));
        }
    }

    private string AddressOf(Account other) => $"{other.Username}@{options.Domain}";

    private static string Flag(bool value) => value ? "true" : "false";
}
