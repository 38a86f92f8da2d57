using System.Diagnostics;
using Roost.Bench.Pipeline;
using Roost.Bench.Web;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Search;

namespace Roost.Bench.Search;

/// <summary>Posts that arrive at a node at a rate, and one who searches it meanwhile.</summary>
/// <param name="texts">Of the posts, one after the other; begun again at the end.</param>
internal sealed class SearchFeed(PipelineNode node, PipelineNetwork network, string[] texts, int rate)
{
    private const int BatchMax = 8_192;

    private static readonly TimeSpan _batchEvery = TimeSpan.FromMilliseconds(2);

    private int _next;

    public Latencies Searches { get; } = new();

    /// <returns>How many posts came, and how many queries were asked; what came is found when this ends.</returns>
    public async Task<(long Posted, long Asked)> RunAsync(TimeSpan duration, bool withSearches, CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var searching = withSearches ? Task.Run(() => SearchAsync(over.Token), ct) : Task.FromResult(0L);
        var posted = await PostAsync(duration, ct);
        await over.CancelAsync();
        var asked = await searching;
        await node.Search.Ingested(new AwaitIngest(), Call.Until(ct));
        return (posted, asked);
    }

    private async Task<long> PostAsync(TimeSpan duration, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(_batchEvery);
        var start = Stopwatch.GetTimestamp();
        var posted = 0L;
        while (Stopwatch.GetElapsedTime(start) is var elapsed && elapsed < duration)
        {
            var due = (long)(elapsed.TotalSeconds * rate) - posted;
            if (due > 0)
            {
                var items = new BatchItem[Math.Min(due, BatchMax)];
                for (var i = 0; i < items.Length; i++) items[i] = BatchItem.Of(Next());
                await node.Posts.CreateMany(new CreatePosts(items), Call.Until(ct));
                posted += items.Length;
            }
            await timer.WaitForNextTickAsync(ct);
        }
        return posted;
    }

    private CreatePost Next()
    {
        var number = _next++;
        return new CreatePost(network.Authors[number % network.Authors.Length], texts[number % texts.Length]);
    }

    /// <summary>Asks for two words of some post, without pause.</summary>
    private async Task<long> SearchAsync(CancellationToken over)
    {
        var asked = 0L;
        while (!over.IsCancellationRequested)
        {
            var words = texts[(int)(asked * 7_919 % texts.Length)].Split(' ');
            var query = string.Join(' ', words.Where(word => word.All(char.IsLetter)).Take(2));
            asked++;
            if (query.Length == 0)
                continue;
            var start = Stopwatch.GetTimestamp();
            await node.Search.Posts(
                new FindPosts(default, query, default, new SearchRange()) { WordsOtherwise = true }, Call.Unbounded);
            Searches.Record(Stopwatch.GetElapsedTime(start));
        }
        return asked;
    }
}
