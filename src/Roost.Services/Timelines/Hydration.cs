using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Services.Timelines;

/// <summary>
/// Turns ids into posts with all that is needed to show them, with one batched call to each service whatever the number (T7).
/// </summary>
internal sealed class Hydration(UsersApi users, GraphApi graph, PostsApi posts)
{
    public async ValueTask<TimelineEntry?[]> EntriesAsync(HydratePosts request, Call call)
    {
        var found = await posts.Get(new GetPosts(request.Viewer, request.Refs), call);
        var refs = new List<PostRef>();
        foreach (var post in found)
        {
            if (post is { IsBoost: true })
                refs.Add(new PostRef(post.Boosted, 0, default, default, default));
        }
        var boosted = await posts.Get(new GetPosts(request.Viewer, refs), call);
        var shown = found.Concat(boosted).OfType<Post>().ToList();
        var stats = await posts.Stats(new GetPostStats(request.Viewer, shown.ConvertAll(post => post.Ref)), call);
        var ids = shown.SelectMany(post => post.Mentions.Prepend(post.Author)).Distinct().ToList();
        var views = await AccountsAsync(new HydrateAccounts(ids), call);
        var byId = ids.Zip(views).ToDictionary(pair => pair.First, pair => pair.Second);
        var statsById = shown.Zip(stats).DistinctBy(p => p.First.Id).ToDictionary(p => p.First.Id, p => p.Second);
        var boostedById = boosted.OfType<Post>().DistinctBy(p => p.Id).ToDictionary(p => p.Id);
        return Array.ConvertAll(found, post => post is null ? null : Entry(post));

        TimelineEntry? Entry(Post post)
        {
            if (byId.GetValueOrDefault(post.Author) is not { } author)
                return null;
            var inner = post.IsBoost && boostedById.TryGetValue(post.Boosted, out var original) ? Entry(original) : null;
            if (post.IsBoost && inner is null)
                return null;
            var mentions = post.Mentions.Select(id => byId.GetValueOrDefault(id)?.Account).OfType<Account>().ToList();
            return new TimelineEntry(post, author, statsById[post.Id], mentions, inner);
        }
    }

    public async ValueTask<AccountView?[]> AccountsAsync(HydrateAccounts request, Call call)
    {
        var accounts = await users.Get(new GetAccounts(request.Ids), call);
        var follows = await graph.Counts(new CountFollows(request.Ids), call);
        var counts = await posts.Counts(new CountPosts(request.Ids), call);
        var views = new AccountView?[accounts.Length];
        for (var i = 0; i < views.Length; i++)
            views[i] = accounts[i] is { } account ? new AccountView(account, follows[i], counts[i]) : null;
        return views;
    }
}
