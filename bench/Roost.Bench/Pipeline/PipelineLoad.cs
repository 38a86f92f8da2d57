using System.Diagnostics;
using Roost.Bench.Web;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Web.Rendering;

namespace Roost.Bench.Pipeline;

/// <summary>How hard a run is.</summary>
/// <param name="Rate">Posts a second that arrive; 0 for as many as are taken.</param>
/// <param name="Readers">Who read home pages meanwhile, one after the other each.</param>
/// <param name="Pages">How many a second all of them want; 0 for as many as are answered.</param>
internal sealed record PipelineLoadOptions(
    TimeSpan Duration, int Rate, int Readers, int Pages, int Batch, int Producers);

/// <summary>What came of it.</summary>
/// <param name="Took">From the first batch to the last inbox, and until all can be found by search.</param>
/// <param name="Pages">Full pages of 20 that were read, as bytes.</param>
/// <param name="Collecting">How long the collector held everybody up.</param>
internal sealed record PipelineOutcome(
    long Posts, long Refused, TimeSpan Took, long Pages, TimeSpan Reading, double PageP50, double PageP99,
    double AnswerP50, double AnswerP99, double CpuSeconds, long AllocatedBytes, TimeSpan Collecting,
    FanOutStatus FanOut)
{
    public double PostsPerSecond => Posts / Took.TotalSeconds;

    public double DeliveriesPerSecond => FanOut.Deliveries / Took.TotalSeconds;

    public double PagesPerSecond => Pages / Reading.TotalSeconds;
}

/// <summary>
/// Batches of posts that arrive at the Posts service, each answered when it is durable, and readers beside them. Ends
/// when all is in all inboxes and in the search index.
/// </summary>
internal sealed class PipelineLoad(PipelineNetwork network, PipelineNode node, PipelineLoadOptions options)
{
    private const int PagePosts = 20;

    /// <summary>Pages that a reader reads before it looks at the clock.</summary>
    private const int PagesPerTurn = 32;

    /// <summary>Some hundred thousand posts: what is read is of the last second or two.</summary>
    private const long KeptBytes = 512L << 20;

    private readonly string[] _texts = Texts();
    private readonly Latencies _answers = new();
    private readonly Latencies _pages = new();
    private long _batches;
    private long _posts;
    private long _refused;
    private long _pagesRead;

    public async Task<PipelineOutcome> RunAsync(CancellationToken ct)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var allocated = GC.GetTotalAllocatedBytes();
        var collecting = GC.GetTotalPauseDuration();
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var start = Stopwatch.GetTimestamp();
        var pages = options.Readers == 0 ? null : new PageReader(node, KeptBytes);
        var readers = Enumerable.Range(0, options.Readers)
            .Select(i => Task.Run(() => ReadAsync(pages!, i, start, reading.Token)))
            .ToArray();
        await Task.WhenAll(
            Enumerable.Range(0, options.Producers).Select(_ => Task.Run(() => ProduceAsync(start, ct), ct)));
        var fanOut = await node.Timelines.FanOut(new AwaitFanOut(), Call.Until(ct));
        await node.Search.Ingested(new AwaitIngest(), Call.Until(ct));
        var took = Stopwatch.GetElapsedTime(start);
        await reading.CancelAsync();
        await Task.WhenAll(readers);
        var readFor = Stopwatch.GetElapsedTime(start);
        return new PipelineOutcome(
            _posts, _refused, took, _pagesRead, readFor, _pages.Milliseconds(0.5), _pages.Milliseconds(0.99),
            _answers.Milliseconds(0.5), _answers.Milliseconds(0.99),
            (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds,
            GC.GetTotalAllocatedBytes() - allocated, GC.GetTotalPauseDuration() - collecting, fanOut);
    }

    private async Task ProduceAsync(long start, CancellationToken ct)
    {
        while (true)
        {
            var batch = Interlocked.Increment(ref _batches) - 1;
            var due = options.Rate == 0
                ? TimeSpan.Zero
                : TimeSpan.FromSeconds((double)batch * options.Batch / options.Rate);
            var now = Stopwatch.GetElapsedTime(start);
            if ((options.Rate == 0 ? now : due) >= options.Duration)
                return;
            if (due > now)
                await Task.Delay(due - now, TimeProvider.System, ct);
            var sent = Stopwatch.GetTimestamp();
            var made = await node.Posts.CreateMany(new CreatePosts(Items(batch * options.Batch)), Call.Until(ct));
            _answers.Record(Stopwatch.GetElapsedTime(sent));
            Interlocked.Add(ref _posts, made.Length);
            foreach (var one in made)
            {
                if (one.Refusal is not null)
                    Interlocked.Increment(ref _refused);
            }
        }
    }

    private BatchItem[] Items(long first)
    {
        var items = new BatchItem[options.Batch];
        for (var i = 0; i < items.Length; i++)
        {
            var post = first + i;
            items[i] = BatchItem.Of(new CreatePost(
                network.Authors[post % network.Authors.Length], _texts[post % _texts.Length]));
        }
        return items;
    }

    private async Task ReadAsync(PageReader pages, int reader, long start, CancellationToken ct)
    {
        using var buffer = new Utf8Buffer(Utf8Buffer.PageBytes);
        var random = new Random(reader);
        var (asked, full) = (0L, 0L);
        while (!ct.IsCancellationRequested)
        {
            for (var i = 0; i < PagesPerTurn; i++)
            {
                var account = new AccountId(network.Active[random.Next(network.Active.Length)]);
                var sent = Stopwatch.GetTimestamp();
                var posts = await pages.WriteAsync(buffer, account);
                _pages.Record(Stopwatch.GetElapsedTime(sent));
                full += posts == PagePosts ? 1 : 0;
            }
            asked += PagesPerTurn;
            if (options.Pages == 0)
                continue;
            var due = TimeSpan.FromSeconds((double)asked * options.Readers / options.Pages);
            var now = Stopwatch.GetElapsedTime(start);
            if (due > now)
                await Task.Delay(due - now, TimeProvider.System, CancellationToken.None);
        }
        Interlocked.Add(ref _pagesRead, full);
    }

    /// <summary>Some thousand texts of 20 to 180 characters, 100 on average.</summary>
    private static string[] Texts()
    {
        var random = new Random(3);
        return
        [
            .. Enumerable.Range(0, 4_096).Select(_ => string.Create(
                random.Next(20, 181), random, static (span, random) =>
                {
                    for (var i = 0; i < span.Length; i++)
                        span[i] = random.Next(6) == 0 ? ' ' : (char)('a' + random.Next(26));
                })),
        ];
    }
}
