using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Xunit;

namespace Roost.Cluster.Tests.Crash.Load;

/// <summary>
/// Holds a server at rest to the model, over the client API and completely: every post by its id with its text and
/// counters, every mark of every account, every relationship, every account's counters and posts, and home timelines
/// from their first entry to their last.
/// </summary>
internal sealed class Accounting(NetworkModel model, Client client)
{
    private const int IdsPerRequest = 40;
    private const int Parallelism = 8;

    private readonly NetworkSnapshot _expected = model.Snapshot();
    private readonly ConcurrentQueue<string> _differences = new();

    /// <param name="homes">Whose home timelines to read: indexes of people.</param>
    /// <param name="isFull">Whether to ask for every deleted post alone and page through all lists of followers,
    /// too.</param>
    /// <returns>What differs; nothing when all is right.</returns>
    public async Task<IReadOnlyCollection<string>> RunAsync(IEnumerable<int> homes, bool isFull, CancellationToken ct)
    {
        var everybody = Enumerable.Range(0, model.People.Count).ToList();
        await EachAsync(_expected.Posts.Chunk(IdsPerRequest), ComparePostsAsync, ct);
        await EachAsync(everybody, CompareMarksAsync, ct);
        await EachAsync(everybody, CompareRelationshipsAsync, ct);
        await EachAsync(everybody, CompareAccountAsync, ct);
        await EachAsync(everybody, CompareStatusesAsync, ct);
        await EachAsync(homes, CompareHomeAsync, ct);
        await EachAsync(
            _expected.Posts.Where(post => post.IsGone).TakeLast(isFull ? int.MaxValue : 20), CompareGoneAsync, ct);
        if (isFull) await EachAsync(everybody, CompareFollowListsAsync, ct);
        return _differences;
    }

    private static Task EachAsync<T>(
        IEnumerable<T> items, Func<T, CancellationToken, Task> compare, CancellationToken ct) =>
        Parallel.ForEachAsync(
            items, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = ct },
            async (item, inner) => await compare(item, inner));

    private async Task ComparePostsAsync(ModelPost[] posts, CancellationToken ct)
    {
        var found = (await GetAsync($"/api/v1/statuses?{Ids(posts.Select(post => post.Id))}", 0, ct))
            .EnumerateArray().ToDictionary(json => json.LongOf("id"));
        foreach (var post in posts)
        {
            if (post.IsGone == found.ContainsKey(post.Id))
                Differ($"{post} is {(post.IsGone ? "still there" : "lost")}");
            else if (!post.IsGone)
                ComparePost(post, found[post.Id]);
        }
    }

    private void ComparePost(ModelPost post, JsonElement json)
    {
        Compare(post, "content", $"<p>{post.Text}</p>", json.TextOf("content"));
        Compare(post, "author", model.People[post.Author].Id, json.GetProperty("account").LongOf("id"));
        Compare(post, "in_reply_to_id", post.InReplyTo, json.LongOf("in_reply_to_id"));
        var answered = post.Answered < 0 ? 0 : model.People[post.Answered].Id;
        Compare(post, "in_reply_to_account_id", answered, json.LongOf("in_reply_to_account_id"));
        Compare(post, "replies_count", _expected.RepliesTo(post.Id), json.IntOf("replies_count"));
        Compare(post, "reblogs_count", _expected.BoostsOf(post.Id), json.IntOf("reblogs_count"));
        Compare(post, "favourites_count", _expected.FavouritesOf(post.Id), json.IntOf("favourites_count"));
    }

    private async Task CompareMarksAsync(int account, CancellationToken ct)
    {
        foreach (var ids in model.TouchedBy(account).Chunk(IdsPerRequest))
        {
            foreach (var json in (await GetAsync($"/api/v1/statuses?{Ids(ids)}", account, ct)).EnumerateArray())
            {
                var id = json.LongOf("id");
                var about = $"post {id} for {account}";
                Compare(about, "reblogged", _expected.Boosts.ContainsKey((account, id)), json.FlagOf("reblogged"));
                Compare(about, "favourited", _expected.Favourites.Contains((account, id)), json.FlagOf("favourited"));
            }
        }
    }

    private async Task CompareRelationshipsAsync(int account, CancellationToken ct)
    {
        var path = $"/api/v1/accounts/relationships?{Ids(model.People.Select(person => person.Id))}";
        var found = (await GetAsync(path, account, ct)).EnumerateArray().ToDictionary(json => json.LongOf("id"));
        for (var other = 0; other < model.People.Count; other++)
        {
            var about = $"{other} for {account}";
            var json = found[model.People[other].Id];
            Compare(about, "following", _expected.Follows.Contains((account, other)), json.FlagOf("following"));
            Compare(about, "followed_by", _expected.Follows.Contains((other, account)), json.FlagOf("followed_by"));
        }
    }

    private async Task CompareAccountAsync(int account, CancellationToken ct)
    {
        var json = await GetAsync($"/api/v1/accounts/{model.People[account].Id}", account, ct);
        var about = $"account {account}";
        Compare(about, "statuses_count", _expected.Statuses(account).Count, json.IntOf("statuses_count"));
        Compare(
            about, "following_count", _expected.Follows.Count(follow => follow.Follower == account),
            json.IntOf("following_count"));
        Compare(
            about, "followers_count", _expected.Follows.Count(follow => follow.Followee == account),
            json.IntOf("followers_count"));
    }

    private Task CompareStatusesAsync(int account, CancellationToken ct) => CompareListAsync(
        $"the posts of {account}", $"/api/v1/accounts/{model.People[account].Id}/statuses?limit=40", account,
        _expected.Statuses(account), ct);

    private Task CompareHomeAsync(int account, CancellationToken ct) => CompareListAsync(
        $"the home timeline of {account}", "/api/v1/timelines/home?limit=40", account, _expected.Home(account), ct);

    private async Task CompareListAsync(
        string what, string path, int account, List<long> expected, CancellationToken ct)
    {
        var found = new List<long>();
        await client.PageAsync(
            path, model.People[account].Token, page =>
                found.AddRange(page.EnumerateArray().Select(json => json.LongOf("id"))), ct);
        if (found.SequenceEqual(expected)) return;
        var lines = expected.Except(found).Select(id => $"is without {_expected.Describe(id)}")
            .Concat(found.Except(expected).Select(id => $"has {_expected.Describe(id)}"))
            .Concat(found.CountBy(id => id).Where(one => one.Value > 1)
                .Select(one => $"has {one.Value} times {_expected.Describe(one.Key)}"))
            .DefaultIfEmpty("is not in descending order");
        foreach (var line in lines) Differ($"{what} ({found.Count} entries, {expected.Count} expected) {line}");
    }

    private async Task CompareGoneAsync(ModelPost post, CancellationToken ct)
    {
        var reply = await client.GetAsync($"/api/v1/statuses/{post.Id}", model.People[post.Author].Token, ct);
        if (reply.Status != HttpStatusCode.NotFound || reply.ContentType != "application/json" || reply.ErrorText.Length == 0)
            Differ($"{post} was deleted, and is answered {reply}");
    }

    private async Task CompareFollowListsAsync(int account, CancellationToken ct)
    {
        await CompareAsync(
            "followers",
            _expected.Follows.Where(follow => follow.Followee == account).Select(follow => follow.Follower));
        await CompareAsync(
            "following",
            _expected.Follows.Where(follow => follow.Follower == account).Select(follow => follow.Followee));

        async Task CompareAsync(string side, IEnumerable<int> expected)
        {
            var found = new List<long>();
            await client.PageAsync(
                $"/api/v1/accounts/{model.People[account].Id}/{side}?limit=10", model.People[account].Token,
                page => found.AddRange(page.EnumerateArray().Select(json => json.LongOf("id"))), ct);
            Compare(
                $"account {account}", side, string.Join(' ', expected.Select(other => model.People[other].Id).Order()),
                string.Join(' ', found.Order()));
        }
    }

    private async Task<JsonElement> GetAsync(string path, int account, CancellationToken ct)
    {
        var reply = await client.GetAsync(path, model.People[account].Token, ct);
        Assert.True(reply.IsSuccess, $"GET {path} as {account} is answered {reply}");
        return reply.Json;
    }

    private static string Ids(IEnumerable<long> ids) => string.Join('&', ids.Select(id => $"id%5B%5D={id}"));

    private void Compare<T>(object about, string what, T expected, T found)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found)) Differ(
            $"{what} of {about} is {found}, expected {expected}");
    }

    private void Differ(string difference) => _differences.Enqueue(difference);
}
