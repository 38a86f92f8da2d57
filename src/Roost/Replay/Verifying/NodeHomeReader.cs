using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Timelines;
using Roost.Services.Users;

namespace Roost.Replay.Verifying;

/// <summary>Reads home timelines from a node in this process.</summary>
internal sealed class NodeHomeReader(TimelinesApi timelines, AccountId[] accounts)
{
    private const int UsernamesPerCall = 8_192;

    /// <summary>Looks up the accounts of a network by name.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.NotFound"/>: one of them is not there.</exception>
    public static async Task<NodeHomeReader> OpenAsync(
        Network network, UsersApi users, TimelinesApi timelines, CancellationToken ct)
    {
        var accounts = new AccountId[network.Usernames.Length];
        for (var start = 0; start < accounts.Length; start += UsernamesPerCall)
        {
            var names = new ArraySegment<string>(network.Usernames, start,
                Math.Min(UsernamesPerCall, accounts.Length - start));
            var found = await users.Find(new FindAccounts(names), Call.Until(ct));
            for (var i = 0; i < found.Length; i++)
                accounts[start + i] = found[i]?.Id ?? throw NotLoaded(names[i]);
        }
        return new NodeHomeReader(timelines, accounts);
    }

    public async ValueTask<HomePage> ReadAsync(int account, PageRange range, CancellationToken ct)
    {
        var page = await timelines.Home(new HomeTimeline(accounts[account], range), Call.Until(ct));
        var posts = new SeenPost[page.Entries.Count];
        for (var i = 0; i < posts.Length; i++) posts[i] = ToSeen(page.Entries[i]);
        return new HomePage(posts, page.HasOlder);
    }

    private static SeenPost ToSeen(TimelineEntry entry)
    {
        var post = entry.Post;
        var author = entry.Author.Account.Username;
        if (entry.Boosted is { } boosted)
            return new SeenPost(post.Id, author, ActivityKind.Boost, post.At, "", boosted.Author.Account.Username,
                boosted.Post.Text);
        if (post.Ref.Answered.IsNone)
            return new SeenPost(post.Id, author, ActivityKind.Post, post.At, post.Text, "", "");
        // Whom a reply answers it also mentions, so the name is at hand.
        var answered = entry.Mentions.FirstOrDefault(m => m.Id == post.Ref.Answered)?.Username
            ?? $"account {post.Ref.Answered}";
        return new SeenPost(post.Id, author, ActivityKind.Reply, post.At, post.Text, answered, "");
    }

    private static ServiceException NotLoaded(string username) => new(
        ErrorCode.NotFound, $"The data directory has no account {username}, so the source is not loaded there. Load "
            + $"it first.");
}
