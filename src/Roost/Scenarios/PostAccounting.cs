using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Engine.Sketches;
using Roost.Scenarios.Loads;
using Roost.Scenarios.Measuring;
using Roost.Services.Posts;
using Roost.Services.Posts.Log;

namespace Roost.Scenarios;

/// <summary>Accounts for every post of a load: accepted, there by its id in the node, there in the files.</summary>
internal sealed class PostAccounting(Stage stage)
{
    private const int PostsPerCall = 1_000;

    /// <summary>Writes how many were accepted, and what was refused.</summary>
    public void Accepted(PostingResult load)
    {
        stage.Verdict.Exactly("accepted", "posts accepted", load.Posts.Length, load.Accepted);
        foreach (var (code, count) in load.Errors) stage.Verdict.Note($"{count} posts were refused: {code}.");
    }

    /// <summary>Writes how long authors waited, and posts from the moment meant to the last inbox.</summary>
    public void Latencies(PostingResult load, FanOutWatch watch)
    {
        var verdict = stage.Verdict;
        verdict.Figure("answered_p50", "answered durable, p50", load.Latency.Percentile(0.5));
        verdict.Figure("answered_p99", "answered durable, p99", load.Latency.Percentile(0.99));
        verdict.Figure("answered_max", "answered durable, slowest", load.Latency.Max);
        var toInbox = new LatencyTally(stepBits: 7);
        foreach (var post in load.Posts)
        {
            if (post.IsAccepted && watch.ReachedAt(post.Ref.Seq) is { } reached)
                toInbox.Add(stage.Time.GetElapsedTime(post.Meant, reached));
        }
        verdict.Figure("time_to_inbox_p50", "in every inbox, p50", toInbox.Percentile(0.5));
        verdict.Figure("time_to_inbox_p99", "in every inbox, p99", toInbox.Percentile(0.99));
        verdict.Figure("time_to_inbox_max", "in every inbox, slowest", toInbox.Max);
    }

    /// <summary>Asks the node for every post by its id.</summary>
    public async Task InNodeAsync(PostingResult load, string text)
    {
        var found = 0;
        foreach (var posts in load.Posts.Chunk(PostsPerCall))
        {
            var refs = Array.ConvertAll(posts, post => post.Ref with { Seq = 0 });
            var got = await stage.Services.Posts.Get(new GetPosts(default, refs), stage.Call);
            for (var i = 0; i < posts.Length; i++)
            {
                if (got[i] is { } post && post.Id == posts[i].Ref.Id && post.Author == posts[i].Author
                    && post.Text == text)
                    found++;
            }
        }
        stage.Verdict.Exactly("found_by_id", "found by id, as posted", load.Posts.Length, found);
    }

    /// <summary>Closes the node and looks every post up in its log, checksums and all.</summary>
    public async Task OnDiskAsync(IReadOnlyCollection<Posted> posts)
    {
        await stage.DisposeAsync();
        var tools = NodeTools.ForCommand();
        await using var log = PostLog.Open(
            new PostLogOptions { Directory = Path.Combine(stage.Directory, PostsService.Folder) }, stage.Time,
            tools.Loggers.CreateLogger<PostLog>(), new PostLogMetrics(tools.Meters));
        var found = 0;
        foreach (var post in posts)
        {
            var seq = log.SeqOf(post.Ref.Id);
            if (seq > 0 && log.Read(seq).Header.Author == post.Author) found++;
        }
        stage.Verdict.Exactly("found_on_disk", "found in the files afterwards", posts.Count, found);
    }
}
