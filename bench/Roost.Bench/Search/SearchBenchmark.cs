using System.CommandLine;
using System.Diagnostics;
using Roost.Bench.Frame;
using Roost.Engine.Search;
using Roost.Engine.Search.Queries;

namespace Roost.Bench.Search;

/// <summary>
/// The search index beside Lucene.NET: the same posts, tokens and queries, and the same results, which is checked
/// before anything is timed.
/// </summary>
internal static class SearchBenchmark
{
    private const int PageLength = 20;
    private const int Batch = 50_000;

    /// <summary>Both sides put pages where the one before was.</summary>
    private static readonly SearchRoom _room = new();

    private static readonly Option<uint> _posts = new("--posts")
    {
        Description = "How many; 8000000 takes about 4 GB with --no-peer.",
        DefaultValueFactory = _ => 1_000_000,
    };

    private static readonly Option<bool> _noPeer = new("--no-peer")
    {
        Description = "Leave Lucene.NET out, which takes most of the time.",
    };

    private static readonly Option<string?> _only = Verbs.CreateOnlyOption("kinds of queries", SearchQueries.Names);

    private static readonly Option<int> _seed = new("--seed")
    {
        Description = "Of the queries, and of made-up texts.",
        DefaultValueFactory = _ => 1,
    };

    public static Command Verb() => Verbs.Create(
        "search",
        "Indexing and searching posts beside Lucene.NET; texts from the folder that ROOST_DATA names, else made up. "
            + "Example: roost-bench search --posts 1000000",
        (parsed, settings) => Run(
            settings, parsed.GetValue(_posts), parsed.GetValue(_seed), !parsed.GetValue(_noPeer),
            parsed.GetValue(_only)),
        _posts, _noPeer, _only, _seed);

    private static Report Run(BenchSettings settings, uint posts, int seed, bool withPeer, string? only)
    {
        if (settings.Quick)
            posts = Math.Min(posts, 20_000);
        settings = settings with { Collect = false };
        var report = new Report("Search");
        var texts = SearchTexts.Load(seed);
        Console.Error.WriteLine(texts.Origin);
        using var index = new SearchIndex(new SearchIndexOptions { BytesMax = 16L << 30 });
        using var peer = withPeer ? new LucenePeer(posts) : null;
        Index(report, texts, posts, index, peer);
        if (only is null)
            Balse(report, texts, Math.Min(posts, 500_000));

        var queries = new SearchQueries(texts, posts, seed, only);
        if (peer is not null)
            CheckSame(report, queries, posts, index, peer);
        WarmUp(settings, queries, index);
        Query(report, settings, "Newest 20, active segment", queries, index, peer);
        Slowest(report, "Slowest, active segment", queries, index);
        Busy(report, settings, texts, posts, queries, index);

        index.CloseActive();
        var memory = report.AddTable("Memory", "form", "bytes/post");
        AddMemory("active");
        var start = Stopwatch.GetTimestamp();
        index.SealNext();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        AddMemory("sealed");
        var segment = index.Segments[0];
        report.Note($"Sealing {segment.Posts:#,0} posts took {seconds:0.0} s on one thread.");
        if (peer is not null)
            CheckSame(report, queries, posts, index, peer);
        // Other code runs here than in an active segment.
        WarmUp(settings, queries, index);
        Query(report, settings, "Newest 20, sealed segment", queries, index, peer);
        Slowest(report, "Slowest, sealed segment", queries, index);
        report.Note($"{posts:#,0} posts of {texts.Origin}. Seed {seed}.");
        if (peer is not null)
        {
            report.Note(
                "Lucene.NET: RAMDirectory, 256 MB buffer, no norms or stored fields, refreshed every 50,000 posts "
                    + "while indexing; searched as one merged segment in the order of results, ending after 20 hits: "
                    + "by a collector, as is usual, which can end only by an exception, and by its scorer without "
                    + "one.");
        }
        return report;

        void AddMemory(string form)
        {
            var segment = index.Segments[0];
            memory.Add(form, (double)segment.Bytes / segment.Posts);
            foreach (var (part, bytes) in index.PartsOf(segment.Serial))
                memory.Add($"{form}, {part}", (double)bytes / segment.Posts);
        }
    }

    private static void Index(Report report, SearchTexts texts, uint posts, SearchIndex index, LucenePeer? peer)
    {
        var table = report.AddTable(
            "Indexing, one thread", "subject", "posts/s", "ns/post", "times as fast as Lucene.NET");
        var mine = new List<double>();
        var theirs = new List<double>();
        var batch = Enumerable.Range(0, Batch).Select(_ => new SearchInput()).ToArray();
        for (uint done = 0; done < posts; done += Batch)
        {
            var count = (int)Math.Min(Batch, posts - done);
            for (var i = 0; i < count; i++) texts.Fill(done + (uint)i + 1, batch[i]);
            mine.Add(Time(count, () =>
            {
                for (var i = 0; i < count; i++)
                {
                    if (!index.Add(batch[i].Post(done + (uint)i + 1), batch[i].Bytes, batch[i].Tokens))
                        throw new InvalidOperationException("The index is over its budget.");
                }
            }));
            if (peer is null)
                continue;
            for (var i = 0; i < count; i++) texts.Fill(posts - done - (uint)i, batch[i]);
            theirs.Add(Time(count, () =>
            {
                for (var i = 0; i < count; i++) peer.Add(batch[i].Post(posts - done - (uint)i), batch[i]);
                peer.Refresh();
            }));
            Console.Error.Write($"\rindexed {done + count:#,0}");
        }
        Console.Error.WriteLine();
        var mean = mine.Average();
        table.Add("SearchIndex", 1e9 / mean, mean, peer is null ? 0 : theirs.Average() / mean);
        if (peer is null)
            return;
        table.Add("Lucene.NET, near-real-time", 1e9 / theirs.Average(), theirs.Average(), 1.0);
        var start = Stopwatch.GetTimestamp();
        peer.Finish();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        report.Note($"Lucene.NET's last merge, not counted above, took {seconds:0.0} s.");
    }

    /// <summary>All posts one word, as often as mixed ones have words: what a flood of one hashtag costs.</summary>
    private static void Balse(Report report, SearchTexts texts, uint posts)
    {
        using var mixed = new SearchIndex(new SearchIndexOptions { BytesMax = 4L << 30 });
        using var same = new SearchIndex(new SearchIndexOptions { BytesMax = 4L << 30 });
        var input = new SearchInput();
        var balse = new SearchInput();
        double mixedTime = 0, sameTime = 0;
        for (uint post = 1; post <= posts; post++)
        {
            texts.Fill(post, input);
            balse.Clear();
            for (var i = 0; i < input.Tokens.Length; i++) balse.Add("balse"u8);
            mixedTime += Time(1, () => mixed.Add(input.Post(post), input.Bytes, input.Tokens));
            sameTime += Time(1, () => same.Add(balse.Post(post), balse.Bytes, balse.Tokens));
        }
        var table = report.AddTable("Every post one word", "posts", "ns/post", "× mixed");
        table.Add("mixed", mixedTime / posts, 1.0);
        table.Add("all one word", sameTime / posts, sameTime / mixedTime);
    }

    /// <param name="posts">Those that came in later are in one of the two only.</param>
    private static void CheckSame(
        Report report, SearchQueries queries, uint posts, SearchIndex index, LucenePeer peer)
    {
        var later = new SearchInput().Post(posts + 1);
        var before = new SearchKey(later.UnixMilliseconds, later.Seq);
        var count = 0;
        foreach (var query in queries.Kinds.SelectMany(kind => kind.Queries))
        {
            var mine = index.Search(new SearchRequest { Query = query, Before = before }).Hits
                .Select(hit => hit.Seq).ToArray();
            Check(query, mine, peer.Newest(LucenePeer.Translate(query), PageLength));
            Check(query, mine, peer.NewestOfScorer(LucenePeer.Translate(query), PageLength));
            count++;
        }
        report.Note($"{count:#,0} queries gave the same pages as Lucene.NET.");

        static void Check(QueryNode query, uint[] mine, ReadOnlySpan<uint> theirs)
        {
            if (theirs.SequenceEqual(mine))
                return;
            throw new InvalidOperationException(
                $"{query}: {string.Join(' ', mine)}, Lucene.NET {string.Join(' ', theirs.ToArray())}");
        }
    }

    private static void Query(
        Report report, BenchSettings settings, string title, SearchQueries queries, SearchIndex index, LucenePeer? peer)
    {
        var table = report.AddTable(
            title, "query", "ns", "fastest", "bytes", "queries/s", "Lucene.NET ns", "times as fast", "its scorer ns",
            "times as fast as that");
        foreach (var (name, nodes) in queries.Kinds)
        {
            var requests = nodes.Select(node => new SearchRequest { Query = node }).ToArray();
            if (requests.Length == 0)
                continue;
            var subjects = new List<Subject> { new(name, () => Ask(index, requests)) };
            if (peer is not null)
            {
                var translated = nodes.Select(LucenePeer.Translate).ToArray();
                subjects.Add(new Subject("Lucene.NET", () =>
                {
                    foreach (var query in translated) peer.Newest(query, PageLength);
                    return translated.Length;
                }));
                subjects.Add(new Subject("Lucene.NET's scorer", () =>
                {
                    foreach (var query in translated) peer.NewestOfScorer(query, PageLength);
                    return translated.Length;
                }));
            }
            var measured = Rounds.Run(settings, subjects);
            var (mine, theirs) = (measured[0], peer is null ? null : measured[1..]);
            table.Add(
                name, mine.Nanoseconds, mine.NanosecondsPerOperation.Min(), mine.BytesPerOperation, mine.PerSecond,
                theirs?[0].Nanoseconds ?? 0, theirs is null ? 0 : mine.TimesAsFastAs(theirs[0]),
                theirs?[1].Nanoseconds ?? 0, theirs is null ? 0 : mine.TimesAsFastAs(theirs[1]));
        }
    }

    /// <summary>The first kind would be measured in code that is still being compiled.</summary>
    private static void WarmUp(BenchSettings settings, SearchQueries queries, SearchIndex index)
    {
        var requests = queries.Kinds.SelectMany(kind => kind.Queries)
            .Select(node => new SearchRequest { Query = node }).ToArray();
        var start = Stopwatch.GetTimestamp();
        do
        {
            Ask(index, requests);
        }
        while (!settings.Quick && Stopwatch.GetElapsedTime(start).TotalSeconds < 4);
    }

    private static long Ask(SearchIndex index, SearchRequest[] requests)
    {
        var asked = 0L;
        var start = Stopwatch.GetTimestamp();
        do
        {
            foreach (var request in requests) index.Newest(request, _room);
            asked += requests.Length;
        }
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < 20);
        return asked;
    }

    private static void Slowest(Report report, string title, SearchQueries queries, SearchIndex index)
    {
        var table = report.AddTable(title, "query", "p50 µs", "p99 µs", "max µs");
        foreach (var (name, nodes) in queries.Kinds)
        {
            var times = new List<double>();
            foreach (var node in nodes)
            {
                var request = new SearchRequest { Query = node };
                for (var i = 0; i < 3; i++) times.Add(Time(1, () => index.Newest(request, _room)) / 1e3);
            }
            times.Sort();
            if (times.Count > 0)
                table.Add(name, times[times.Count / 2], times[times.Count * 99 / 100], times[^1]);
        }
    }

    /// <summary>The same queries while a thread adds 10,000 posts a second, and while none does.</summary>
    private static void Busy(
        Report report, BenchSettings settings, SearchTexts texts, uint posts, SearchQueries queries, SearchIndex index)
    {
        var requests = queries.Kinds.SelectMany(kind => kind.Queries).Select(node => new SearchRequest { Query = node })
            .OrderBy(request => request.GetHashCode()).ToArray();
        var writer = new PacedWriter(texts, index, posts);
        var measured = Rounds.Run(
            settings, new Subject("idle", () => Ask(index, requests)),
            new Subject("10,000 posts/s coming in", () =>
            {
                using var paced = writer.Start();
                return Ask(index, requests);
            }));
        var table = report.AddTable("All queries mixed, one thread", "meanwhile", "queries/s", "× idle");
        table.Add("idle", measured[0].PerSecond, 1.0);
        table.Add(measured[1].Name, measured[1].PerSecond, measured[1].TimesAsFastAs(measured[0]));
        report.Note($"{writer.Added:#,0} posts came in during that, at {writer.PerSecond:#,0} a second.");
    }

    private static double Time(int operations, Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / operations;
    }
}
