using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Roost.Rpc;

namespace Roost.Replay.Online;

/// <param name="Posts">Posts and boosts to be made; <paramref name="Failed"/> of them were not.</param>
/// <param name="Late">How far the last one was sent behind its own time; 0 at full speed.</param>
/// <param name="Errors">What went wrong and how often, by kind; retries that helped in the end included.</param>
public sealed record OnlineReport(
    string Source, int Accounts, int Follows, int Posts, int Failed, TimeSpan Posting, TimeSpan LatencyP50,
    TimeSpan LatencyP99, TimeSpan LatencyMax, TimeSpan Late, IReadOnlyDictionary<string, int> Errors)
{
    /// <param name="latencies">In any order; sorted here.</param>
    internal static OnlineReport Of(
        Network network, int accounts, int posts, int failed, TimeSpan posting, TimeSpan[] latencies, TimeSpan late,
        OnlineErrors errors)
    {
        Array.Sort(latencies);
        var at = (double quantile) => latencies.Length == 0 ? TimeSpan.Zero
            : latencies[(int)((latencies.Length - 1) * quantile)];
        return new OnlineReport(
            network.Source, accounts, network.Follows.Length, posts, failed, posting, at(0.5), at(0.99), at(1), late,
            errors.Snapshot());
    }

    public double PostsPerSecond => Posting > TimeSpan.Zero ? (Posts - Failed) / Posting.TotalSeconds : 0;
}

/// <summary>
/// Plays a network's activities against a server through its client API, each at its own time divided by the speed.
/// At most <see cref="OnlineOptions.Concurrency"/> are under way at once.
/// </summary>
/// <remarks>
/// A post waits for the one before it by the same author and for the one that it boosts or answers, and for nothing
/// else: so each author's order is kept and every target exists, while the server sees true concurrency. It cannot
/// deadlock, since posts start in order and wait only for those before them. One that fails is counted, and so are
/// those that needed it.
/// </remarks>
internal sealed class OnlinePlayer(
    Network network, OnlineAccount[] accounts, ClientApi api, OnlineOptions options, TimeProvider time,
    OnlineErrors errors, Action<long, long>? progress = null)
{
    private readonly ConcurrentQueue<TimeSpan> _latencies = new();
    private int _failed;

    public async Task<OnlineReport> PlayAsync(ulong keySeed, CancellationToken ct)
    {
        var script = PostScript.Whole(network);
        var made = new Task<string?>[script.Count];
        var newestOf = new Task[accounts.Length];
        Array.Fill(newestOf, Task.CompletedTask);
        // Not disposed: posts under way release it even when playing is broken off; it holds nothing but memory.
        var slots = new SemaphoreSlim(options.Concurrency);
        var started = time.GetTimestamp();
        var late = TimeSpan.Zero;
        foreach (var post in script)
        {
            late = await WaitUntilDueAsync(post, started, ct);
            await slots.WaitAsync(ct);
            var target = post.Target < 0 ? null : made[post.Target];
            made[post.Number] = MakeAsync(post, newestOf[post.Author], target, keySeed, slots, ct);
            newestOf[post.Author] = made[post.Number];
            progress?.Invoke(post.Number + 1, script.Count);
        }
        await Task.WhenAll(made);
        return Report(script.Count, time.GetElapsedTime(started), late);
    }

    /// <summary>The reply says how far behind its time it is now.</summary>
    private async Task<TimeSpan> WaitUntilDueAsync(ScriptedPost post, long started, CancellationToken ct)
    {
        if (double.IsPositiveInfinity(options.Speed)) return TimeSpan.Zero;
        var since = network.Activities[post.Activity].AtUnixMilliseconds - network.Activities[0].AtUnixMilliseconds;
        var wait = TimeSpan.FromMilliseconds(since / options.Speed) - time.GetElapsedTime(started);
        if (wait <= TimeSpan.Zero) return -wait;
        await Task.Delay(wait, time, ct);
        return TimeSpan.Zero;
    }

    /// <returns>The new post's id, or null when it was not made.</returns>
    private async Task<string?> MakeAsync(
        ScriptedPost post, Task before, Task<string?>? target, ulong keySeed, SemaphoreSlim slots, CancellationToken ct)
    {
        try
        {
            await before;
            var targetId = target is null ? null : await target;
            if (target is not null && targetId is null)
            {
                Fail("not sent: its target failed");
                return null;
            }
            var sent = time.GetTimestamp();
            var reply = await SendAsync(post, targetId, keySeed, ct);
            _latencies.Enqueue(time.GetElapsedTime(sent));
            return reply["id"]!.GetValue<string>();
        }
        catch (ServiceException e)
        {
            Fail($"{e.Code}: {e.Message.Split(':')[0]}");
            return null;
        }
        finally
        {
            slots.Release();
        }
    }

    private Task<JsonNode> SendAsync(ScriptedPost post, string? targetId, ulong keySeed, CancellationToken ct)
    {
        var token = accounts[post.Author].Token;
        if (post.Kind == ActivityKind.Boost)
            return api.PostAsync($"/api/v1/statuses/{targetId}/reblog", null, token, ct);
        var body = new JsonObject { ["status"] = post.TextIn(network), ["visibility"] = "public" };
        if (targetId is not null) body["in_reply_to_id"] = targetId;
        return api.PostAsync("/api/v1/statuses", body, token, ct, post.KeyFor(keySeed));
    }

    private void Fail(string kind)
    {
        Interlocked.Increment(ref _failed);
        errors.Count(kind);
    }

    private OnlineReport Report(int posts, TimeSpan posting, TimeSpan late) =>
        OnlineReport.Of(network, accounts.Length, posts, _failed, posting, [.. _latencies], late, errors);
}
