using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Bench.Frame;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Timelines;
using Roost.Web;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Bench.Web;

/// <summary>
/// From (account, page range) to the bytes of a home page of 20 posts, in this process and on one core, through the
/// services as <c>roost up</c> composes them. The ceiling copies as many constant bytes; the peer serialises objects
/// that are all there already.
/// </summary>
internal static class HydrationBenchmark
{
    private const int TurnPages = 20_000;

    public static Command Verb() => Verbs.Create(
        "hydration",
        "From (account, page range) to the JSON bytes of a home page of 20 posts, against source-generated "
        + "System.Text.Json and a bare copy of as many bytes. Example: roost-bench hydration --rounds 9",
        RunAsync);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        await using var world = settings.Quick
            ? await HomePageWorld.OpenAsync(accounts: 300, posts: 3_000, readersMax: 20, ceilings: 1, ct)
            : await HomePageWorld.OpenAsync(accounts: 20_000, posts: 200_000, readersMax: 2_000, ceilings: 1, ct);
        var pages = new Pages(world);
        var entities = await pages.ReadEntitiesAsync(ct);
        var constant = new byte[world.Constants[0].BodyBytes];
        var turn = settings.Quick ? 200 : TurnPages;

        var measured = await Rounds.RunAsync(
            settings,
            [
                new Subject("page as bytes", () => RepeatAsync(turn, pages.WriteAsync)),
                new Subject("its outline only", () => RepeatAsync(turn, pages.OutlineAsync)),
                new Subject("through objects and queries", () => RepeatAsync(turn / 4, pages.WriteWholeAsync)),
                new Subject("source-generated JSON, objects ready", () => Serialise(turn / 16, entities)),
                new Subject("constant bytes", () => Copy(turn * 4, constant)),
            ],
            ct);
        var report = new Report($"Home pages of {HomePageWorld.PagePosts} posts as bytes, in process, one core");
        report.AddRounds("Pages", "page", measured, reference: measured[^1]);
        report.Note(
            $"{world.Readers.Length} readers in turn, {constant.Length:N0} bytes a page on average; what is written "
            + "was compared with what the objects give.");
        report.Note($"{measured[0].TimesAsFastAs(measured[3]):N1} times as fast as source-generated JSON.");
        return report;
    }

    private static async ValueTask<long> RepeatAsync(int times, Func<int, ValueTask> page)
    {
        for (var i = 0; i < times; i++) await page(i);
        return times;
    }

    private static long Serialise(int times, StatusEntity[][] entities)
    {
        using var buffer = new Utf8Buffer(Utf8Buffer.PageBytes);
        for (var i = 0; i < times; i++)
        {
            buffer.Truncate(0);
            using var writer = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions);
            JsonSerializer.Serialize(writer, entities[i % entities.Length], EntityJson.Default.StatusEntityArray);
        }
        return times;
    }

    private static long Copy(int times, byte[] bytes)
    {
        for (var i = 0; i < times; i++)
        {
            using var buffer = new Utf8Buffer(Utf8Buffer.PageBytes);
            buffer.Write(bytes);
        }
        return times;
    }

    /// <summary>The ways to a reader's page. Pooled buffers, as requests use them.</summary>
    private sealed class Pages(HomePageWorld world)
    {
        private static readonly PageRange _range = new();

        private readonly Site _site = new(
            world.Server.Node.Web, new WebOptions { PublicUrl = world.Server.Url }, TimeProvider.System,
            NullLoggerFactory.Instance);

        public async ValueTask WriteAsync(int index)
        {
            var reader = Reader(index);
            var page = await _site.Services.Timelines.HomeOutline(new HomeTimeline(reader, _range), Call.Unbounded);
            using var buffer = new Utf8Buffer(Utf8Buffer.PageBytes);
            await _site.OutlinedPages.WriteAsync(buffer, page, reader, Call.Unbounded);
        }

        public async ValueTask OutlineAsync(int index) =>
            await _site.Services.Timelines.HomeOutline(new HomeTimeline(Reader(index), _range), Call.Unbounded);

        public async ValueTask WriteWholeAsync(int index)
        {
            using var buffer = new Utf8Buffer(Utf8Buffer.PageBytes);
            await WriteWholeAsync(buffer, Reader(index));
        }

        /// <summary>Every reader's page as objects, after looking that both ways to it give the same bytes.</summary>
        public async Task<StatusEntity[][]> ReadEntitiesAsync(CancellationToken ct)
        {
            var entities = new StatusEntity[world.Readers.Length][];
            for (var i = 0; i < entities.Length; i++)
            {
                ct.ThrowIfCancellationRequested();
                using var whole = new Utf8Buffer(Utf8Buffer.PageBytes);
                await WriteWholeAsync(whole, Reader(i));
                using var outlined = new Utf8Buffer(Utf8Buffer.PageBytes);
                var page = await _site.Services.Timelines.HomeOutline(
                    new HomeTimeline(Reader(i), _range), Call.Unbounded);
                await _site.OutlinedPages.WriteAsync(outlined, page, Reader(i), Call.Unbounded);
                entities[i] = JsonSerializer.Deserialize(whole.Written, EntityJson.Default.StatusEntityArray)!;
                var again = JsonSerializer.SerializeToUtf8Bytes(entities[i], EntityJson.Default.StatusEntityArray);
                if (!outlined.Written.SequenceEqual(whole.Written)
                    || !JsonNode.DeepEquals(JsonNode.Parse(again), JsonNode.Parse(whole.Written)))
                {
                    throw new InvalidOperationException($"The ways to the page of account {Reader(i)} differ.");
                }
            }
            return entities;
        }

        private async ValueTask WriteWholeAsync(Utf8Buffer buffer, AccountId reader)
        {
            var page = await _site.Services.Timelines.Home(new HomeTimeline(reader, _range), Call.Unbounded);
            _site.Statuses.WritePage(buffer, page.Entries, reader);
        }

        private AccountId Reader(int index) => world.Readers[index % world.Readers.Length];
    }
}
