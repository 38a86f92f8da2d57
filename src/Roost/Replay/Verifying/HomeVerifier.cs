using Roost.Engine.Ids;
using Roost.Services.Timelines;
using Roost.World;

namespace Roost.Replay.Verifying;

/// <summary>The first difference between a home timeline and what the source says.</summary>
/// <param name="Check">Which way of reading showed it.</param>
/// <param name="Position">0 for the newest post; for pages, where the page begins.</param>
public sealed record HomeDifference(string Username, string Check, int Position, string Expected, string Got)
{
    public override string ToString() =>
        $"home timeline of {Username}, {Check}, position {Position}:{Environment.NewLine}"
        + $"  expected {Expected}{Environment.NewLine}  got      {Got}";
}

/// <param name="Posts">Posts compared, over all accounts.</param>
/// <param name="Difference">Null when there was none.</param>
public sealed record VerifyReport(int Accounts, long Posts, long Pages, HomeDifference? Difference, TimeSpan Wall);

/// <summary>
/// Compares home timelines with a <see cref="HomeModel"/>. Of each account it reads:
/// <list type="number">
/// <item>the whole timeline, in pages of 40 from the newest to the end, and compares every post with the model;</item>
/// <item>again in pages of 20 downward (<c>max_id</c>);</item>
/// <item>again in pages of 20 upward (<c>min_id</c>), from below the oldest to the newest;</item>
/// <item>the newest page above each of a few posts (<c>since_id</c>).</item>
/// </list>
/// The last three must give exactly the ids that the first gave.
/// </summary>
/// <param name="inSourceOrder">
/// Whether posts must be in the source's order. A server that was played to by many clients at once keeps only the
/// order of each author's posts: then the same posts must be there, each author's in order.
/// </param>
public sealed class HomeVerifier(
    Network network, HomeModel model, HomeReader read, bool inSourceOrder, TimeProvider time,
    Action<long, long>? progress = null)
{
    private const int WholePosts = 40;
    private const int PagePosts = 20;
    private const int SinceProbes = 4;

    // Just above the lowest id there can be: "after" nothing at all would mean from the newest.
    private static readonly PostId _lowest = new(1);

    private long _posts;
    private long _pages;

    /// <summary>A sample without repetition, ascending; all when there are no more than
    /// <paramref name="count"/>.</summary>
    public static int[] Sample(IReadOnlyList<int> accounts, int count, ulong seed)
    {
        var all = accounts.ToArray();
        if (count >= all.Length) return all;
        var random = SplitMix.For(seed, 0x5EED_0F5A);
        for (var i = 0; i < count; i++)
        {
            var other = i + random.Next(all.Length - i);
            (all[i], all[other]) = (all[other], all[i]);
        }
        var sample = all[..count];
        Array.Sort(sample);
        return sample;
    }

    /// <summary>Verifies one account after the other and stops at the first difference.</summary>
    public async Task<VerifyReport> VerifyAsync(IReadOnlyList<int> accounts, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        for (var i = 0; i < accounts.Count; i++)
        {
            progress?.Invoke(i, accounts.Count);
            if (await VerifyAsync(accounts[i], ct) is { } difference)
                return new VerifyReport(i + 1, _posts, _pages, difference, time.GetElapsedTime(started));
        }
        progress?.Invoke(accounts.Count, accounts.Count);
        return new VerifyReport(accounts.Count, _posts, _pages, null, time.GetElapsedTime(started));
    }

    private async Task<HomeDifference?> VerifyAsync(int account, CancellationToken ct)
    {
        var expected = model.Home(account).ConvertAll(Expected);
        var seen = await ReadDownAsync(account, WholePosts, expected.Count, ct);
        _posts += seen.Count;
        var ids = seen.ConvertAll(p => p.Id);
        return CompareWhole(account, expected, seen)
            ?? await CompareDownAsync(account, ids, ct)
            ?? await CompareUpAsync(account, ids, ct)
            ?? await CompareSinceAsync(account, ids, ct);
    }

    private SeenPost Expected(int index)
    {
        var post = model.Posts[index];
        var kind = post.Kind == ActivityKind.Mention ? ActivityKind.Post : post.Kind;
        return new SeenPost(
            default,
            network.Usernames[post.Author],
            kind,
            model.AtOf(index),
            model.TextOf(index),
            post.Target < 0 ? "" : network.Usernames[post.Addressed],
            kind == ActivityKind.Boost ? model.TextOf(post.Target) : "");
    }

    /// <summary>The whole timeline; gives up one page after there are more posts than expected, so that a server that
    /// loops ends too.</summary>
    private async Task<List<SeenPost>> ReadDownAsync(int account, int limit, int expectedCount, CancellationToken ct)
    {
        var seen = new List<SeenPost>(expectedCount);
        while (true)
        {
            var before = seen.Count == 0 ? default : seen[^1].Id;
            var page = await ReadAsync(account, new PageRange(Before: before, Limit: limit), ct);
            seen.AddRange(page.Posts);
            if (page.Posts.Count == 0 || !page.HasOlder || seen.Count > expectedCount) return seen;
        }
    }

    private HomeDifference? CompareWhole(int account, List<SeenPost> expected, List<SeenPost> seen)
    {
        for (var i = 1; i < seen.Count; i++)
            if (seen[i].Id >= seen[i - 1].Id)
                return Differ(account, "order of ids", i, $"an id below {seen[i - 1].Id}", seen[i].ToString());
        if (!inSourceOrder)
        {
            // A stable sort by author leaves each author's posts in order.
            expected = [.. expected.OrderBy(p => p.Author, StringComparer.Ordinal)];
            seen = [.. seen.OrderBy(p => p.Author, StringComparer.Ordinal)];
        }
        for (var i = 0; i < Math.Max(expected.Count, seen.Count); i++)
        {
            if (i < expected.Count && i < seen.Count && seen[i].Matches(expected[i])) continue;
            return Differ(
                account, "whole, in pages of 40", i,
                i < expected.Count ? expected[i].ToString() : $"the end after {expected.Count} posts",
                i < seen.Count ? seen[i].ToString() : $"the end after {seen.Count} posts");
        }
        return null;
    }

    private async Task<HomeDifference?> CompareDownAsync(int account, List<PostId> ids, CancellationToken ct)
    {
        for (var start = 0; start < ids.Count; start += PagePosts)
        {
            var range = new PageRange(Before: start == 0 ? default : ids[start - 1], Limit: PagePosts);
            var difference = await ComparePageAsync(account, "pages of 20 downward (max_id)", range, ids, start, ct);
            if (difference is not null) return difference;
        }
        return null;
    }

    private async Task<HomeDifference?> CompareUpAsync(int account, List<PostId> ids, CancellationToken ct)
    {
        for (var end = ids.Count; ; end -= PagePosts)
        {
            var range = new PageRange(After: end == ids.Count ? _lowest : ids[end], Oldest: true, Limit: PagePosts);
            var start = Math.Max(0, end - PagePosts);
            var below = ids[..Math.Max(0, end)];
            var difference = await ComparePageAsync(account, "pages of 20 upward (min_id)", range, below, start, ct);
            if (difference is not null) return difference;
            if (start == 0) return null;
        }
    }

    private async Task<HomeDifference?> CompareSinceAsync(int account, List<PostId> ids, CancellationToken ct)
    {
        for (var probe = 0; probe < SinceProbes && ids.Count > 0; probe++)
        {
            var since = (int)((long)(ids.Count - 1) * probe / (SinceProbes - 1));
            var range = new PageRange(After: ids[since], Limit: PagePosts);
            var check = $"newest above {ids[since]} (since_id)";
            var difference = await ComparePageAsync(account, check, range, ids[..since], 0, ct);
            if (difference is not null) return difference;
        }
        return null;
    }

    private async Task<HomeDifference?> ComparePageAsync(
        int account, string check, PageRange range, List<PostId> ids, int start, CancellationToken ct)
    {
        var page = await ReadAsync(account, range, ct);
        var expected = ids.GetRange(start, Math.Min(range.Limit, ids.Count - start));
        if (page.Posts.Select(p => p.Id).SequenceEqual(expected)) return null;
        return Differ(account, check, start, Show(expected), Show(page.Posts.Select(p => p.Id)));
    }

    private ValueTask<HomePage> ReadAsync(int account, PageRange range, CancellationToken ct)
    {
        _pages++;
        return read(account, range, ct);
    }

    private HomeDifference Differ(int account, string check, int position, string expected, string got) =>
        new(network.Usernames[account], check, position, expected, got);

    private static string Show(IEnumerable<PostId> ids) => $"ids [{string.Join(", ", ids)}]";
}
