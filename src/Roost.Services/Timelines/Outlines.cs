using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Services.Timelines;

/// <summary>
/// Makes pages without bodies: the short way beside <see cref="Hydration"/>, for readers who have kept what they made
/// of posts and accounts. Three batched calls and no queries; every reply is a column of the page as it is.
/// </summary>
internal sealed class Outlines(UsersApi users, GraphApi graph, PostsApi posts)
{
    /// <summary>The page of just these posts. <b>Hot path.</b></summary>
    /// <returns>Null when one of them is not there for the viewer: then others must be found for its place.</returns>
    public async ValueTask<OutlinedPage?> TryGetAsync(
        AccountId viewer, IReadOnlyList<PostRef> refs, bool hasOlder, Call call)
    {
        var outlines = await posts.Outline(new OutlinePosts(viewer, refs), call);
        var authors = new AccountId[outlines.Length];
        for (var i = 0; i < authors.Length; i++)
            authors[i] = outlines[i].Ref.Author;
        if (OutlinedPage.CountOf(outlines) != refs.Count)
            return null;
        var accounts = await users.Get(new GetAccounts(authors), call);
        var follows = await graph.Counts(new CountFollows(authors), call);
        return Array.IndexOf(accounts, null) >= 0 ? null : new OutlinedPage(outlines, accounts!, follows, hasOlder);
    }
}
