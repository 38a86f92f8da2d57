using System.Globalization;
using Roost.Rpc;
using Roost.Web.Bulk;

namespace Roost.Replay.Online;

/// <summary>
/// Plays a network's activities as fast as the server takes them, thousands in a request (<see cref="BulkFormat"/>).
/// Only Roost has that. Requests go one after the other, so that every author's order is kept and what is boosted or
/// answered is there.
/// </summary>
internal sealed class BulkPlayer(
    Network network, OnlineAccount[] accounts, ClientApi api, TimeProvider time, OnlineErrors errors,
    Action<long, long>? progress = null)
{
    private const int PostsPerRequest = 8_192;

    private int _failed;

    public async Task<OnlineReport> PlayAsync(ulong keySeed, CancellationToken ct)
    {
        var script = PostScript.Whole(network);
        var ids = new long[script.Count];
        var latencies = new List<TimeSpan>();
        var started = time.GetTimestamp();
        for (var first = 0; first < script.Count; first += PostsPerRequest)
        {
            var count = Math.Min(PostsPerRequest, script.Count - first);
            var sent = time.GetTimestamp();
            await SendAsync(script, first, count, ids, keySeed, ct);
            latencies.Add(time.GetElapsedTime(sent));
            progress?.Invoke(first + count, script.Count);
        }
        return OnlineReport.Of(
            network, accounts.Length, script.Count, _failed, time.GetElapsedTime(started), [.. latencies],
            TimeSpan.Zero, errors);
    }

    /// <param name="ids">By number: of what was made; 0 for what was not.</param>
    private async Task SendAsync(
        List<ScriptedPost> script, int first, int count, long[] ids, ulong keySeed, CancellationToken ct)
    {
        var body = new BulkBody();
        var authors = new Dictionary<int, int>();
        var numbers = new List<int>(count);
        var items = new Dictionary<int, int>(count);
        // All authors first: the server looks up at the same time those that stand together.
        foreach (var post in script.GetRange(first, count))
        {
            if (!authors.ContainsKey(post.Author))
                authors[post.Author] = body.AddAuthor(accounts[post.Author].Token);
        }
        foreach (var post in script.GetRange(first, count))
        {
            var about = post.Target >= first ? items.GetValueOrDefault(post.Target, -1) : -1;
            var target = about < 0 && post.Target >= 0 ? ids[post.Target] : 0;
            if (post.Target >= 0 && about < 0 && target == 0)
            {
                Fail("not sent: its target failed");
                continue;
            }
            var author = authors[post.Author];
            items[post.Number] = post.Kind == ActivityKind.Boost
                ? body.AddBoost(author, about, target)
                : body.AddPost(author, post.TextIn(network), about, target, post.KeyFor(keySeed));
            numbers.Add(post.Number);
        }
        if (numbers.Count == 0) return;
        var answer = BulkBody.ReadAnswer(await api.PostBytesAsync(
            BulkFormat.Path, body.ToArray(), BulkFormat.ContentType, accounts[script[first].Author].Token, ct));
        if (answer.Count != numbers.Count || answer[^1].Code == BulkCode.Unreadable)
        {
            throw new ServiceException(
                ErrorCode.Internal, string.Create(CultureInfo.InvariantCulture,
                    $"The server answered {answer.Count} of {numbers.Count} posts: {answer.LastOrDefault().Reason}"));
        }
        for (var i = 0; i < answer.Count; i++)
        {
            ids[numbers[i]] = answer[i].Id;
            if (answer[i].Code != BulkCode.Made) Fail($"{answer[i].Code}: {answer[i].Reason.Split(':')[0]}");
        }
    }

    private void Fail(string kind)
    {
        _failed++;
        errors.Count(kind);
    }
}
