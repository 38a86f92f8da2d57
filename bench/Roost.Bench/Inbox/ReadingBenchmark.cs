using Roost.Bench.Frame;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;

namespace Roost.Bench.Inbox;

/// <summary>The newest page of an inbox, alone and while a writer delivers on the other core.</summary>
internal static class ReadingBenchmark
{
    private const int PageLength = 20;
    private const int BatchLength = 1_000;

    public static void Run(Report report, BenchSettings settings, InboxWorld world, Random random)
    {
        var readers = random.GetItems(world.Active, settings.Quick ? 1_000 : 500_000);
        var authors = world.Authors(random, settings.Quick ? 1_000 : 64 * BatchLength, skew: 2);
        var page = new uint[PageLength];
        var longs = new long[PageLength];
        var written = new List<double>();
        var measured = Rounds.Run(
            settings,
            new Subject("InboxArena", () => Read(world, readers, page)),
            new Subject("InboxArena, while a writer delivers", () =>
            {
                using var writer = new Writer(world, authors);
                var pages = Read(world, readers, page);
                written.Add(writer.Stop());
                return pages;
            }),
            new Subject("List<long>", () => InboxBenchmark.Count(readers, account =>
            {
                var list = world.Lists[account]!;
                list.CopyTo(list.Count - PageLength, longs, 0, PageLength);
                longs.AsSpan().Reverse();
                return PageLength;
            })),
            new Subject(
                "managed ring", () => InboxBenchmark.Count(readers, account => world.Rings[account]!.Newest(page))));
        report.AddRounds("Newest 20 of an inbox", "page", measured, measured[2]);
        report.Note(
            $"Meanwhile the writer made {Rounds.Median(written) / 1e6:0.0} M deliveries/s, {BatchLength:#,0} posts a "
                + "batch, the popular posting more.");
    }

    private static long Read(InboxWorld world, int[] readers, uint[] page) =>
        InboxBenchmark.Count(readers, account =>
        {
            world.Arena.TryRead(new AccountId(account), uint.MaxValue, 0, page, out var view);
            return view.Count;
        });

    /// <summary>Delivers until it is stopped.</summary>
    private sealed class Writer : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task<double> _running;

        public Writer(InboxWorld world, AccountId[] authors)
        {
            var started = new ManualResetEventSlim();
            _running = Task.Run(() => Deliver(world, authors, started));
            started.Wait();
        }

        /// <summary>Deliveries a second.</summary>
        public double Stop()
        {
            _stop.Cancel();
            return _running.GetAwaiter().GetResult();
        }

        public void Dispose() => _stop.Dispose();

        private double Deliver(InboxWorld world, AccountId[] authors, ManualResetEventSlim started)
        {
            var batch = new Delivery[BatchLength];
            var made = 0L;
            var start = TimeProvider.System.GetTimestamp();
            for (var from = 0; !_stop.IsCancellationRequested; from = (from + BatchLength) % authors.Length)
            {
                for (var i = 0; i < batch.Length; i++)
                    batch[i] = new Delivery(++world.Seq, world.Graph.Followers(authors[(from + i) % authors.Length]));
                made += world.Arena.Deliver(batch);
                started.Set();
            }
            return made / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        }
    }
}
