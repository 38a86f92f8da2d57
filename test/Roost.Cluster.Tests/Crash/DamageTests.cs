using System.Net;
using Roost.Cluster.Tests.Crash.Load;
using Xunit;

namespace Roost.Cluster.Tests.Crash;

/// <summary>
/// Bytes that are not what was written: what was never acknowledged is cut off and said; what was is refused in a
/// message that tells where and what to do; nothing damaged is ever served.
/// </summary>
public sealed class DamageTests
{
    private const int DamagedExitCode = 3;

    [Theory(Timeout = 2 * 60 * 1_000)]
    [InlineData("half a record")]
    [InlineData("garbage")]
    [InlineData("zeros")]
    public async Task A_torn_tail_is_cut_off_said_and_kept_aside(string kind)
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        await using var town = await Town.FoundAsync(scratch.Data, 2, ct);
        await town.PostAsync(30, ct);
        await town.KillAsync(ct);
        var segment = Assert.Single(scratch.Segments());
        var end = new FileInfo(segment).Length;
        var tail = Tail(kind, segment);
        LogFile.Append(segment, tail);

        await town.StartAsync(ct);
        await town.AccountFullyAsync("a torn tail", ct);
        Assert.Contains("torn tail", town.Process.Error, StringComparison.Ordinal);
        Assert.Contains($"{segment} at offset {end}", town.Process.Error, StringComparison.Ordinal);
        var aside = Assert.Single(Directory.GetFiles(Path.GetDirectoryName(segment)!, "cut-*.bin"));
        Assert.Equal(tail, await File.ReadAllBytesAsync(aside, ct));

        await town.PostAsync(10, ct);
        await town.KillAsync(ct);
        await town.StartAsync(ct);
        await town.AccountFullyAsync("a torn tail, new posts, and SIGKILL", ct);
        Assert.DoesNotContain("torn tail", town.Process.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 3 * 60 * 1_000)]
    public async Task Damage_to_acknowledged_records_refuses_the_start_until_it_is_undone()
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        await using var town = await Town.FoundAsync(scratch.Data, 2, ct);
        await town.PostAsync(30, ct);
        await town.KillAsync(ct);
        var segment = Assert.Single(scratch.Segments());
        var records = LogFile.Records(segment);
        Assert.Equal(30, records.Count);

        var (first, middle, last) = (records[0], records[15], records[^1]);
        int[] inMiddle = [0, 3, 4, 8, 12, 16, 18, 24, LogRecordAt.HeaderBytes, middle.Length - 1];
        var places =
            inMiddle.Select(at => (Record: middle, At: at)).Append((first, 70)).Append((last, 70)).Append((last, 0));
        foreach (var (record, at) in places)
        {
            LogFile.Flip(segment, record.Offset + at);
            await CheckRefusedAsync(scratch.Data, segment, record.Offset, $"byte {at} of {record} was turned", ct);
            LogFile.Flip(segment, record.Offset + at);
        }

        var bytes = await File.ReadAllBytesAsync(segment, ct);
        LogFile.Cut(segment, last.Offset + 20);
        await CheckRefusedAsync(
            scratch.Data, segment, last.Offset, "the last record, which was acknowledged, was cut", ct);
        await File.WriteAllBytesAsync(segment, bytes, ct);

        await town.StartAsync(ct);
        await town.AccountFullyAsync("damage that was undone", ct);
    }

    [Fact(Timeout = 4 * 60 * 1_000)]
    public async Task A_damaged_post_of_a_sealed_segment_is_never_served_and_the_others_are()
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        var loaded = await RoostProcess.RunAsync(
            ct, "world", "--accounts", "3000", "--posts", "600000", "--follows-per-account", "5", "--seed", "3", "--data", scratch.Data);
        Assert.True(loaded.ExitCode == 0, $"roost world ended with {loaded}");
        var segments = scratch.Segments();
        Assert.True(segments.Length >= 2, "A world of 600,000 posts should fill more than one segment.");
        var (damaged, itsAuthors) = Choose(
            LogFile.Records(segments[0]), [.. segments.Skip(1).SelectMany(LogFile.Records)]);

        LogFile.Flip(segments[0], damaged.Offset + LogRecordAt.HeaderBytes + 4);
        await using (var process = await RoostProcess.UpAsync(scratch.Data, ct))
        {
            using var client = new Client(process.Url);
            var reader = await client.JoinAsync(await client.AppTokenAsync(ct), "reader_of_all", ct);
            await CheckNotServedAsync(client, reader, damaged, itsAuthors, ct);
            Assert.Contains("damaged", process.Error, StringComparison.Ordinal);
        }
        LogFile.Flip(segments[0], damaged.Offset + LogRecordAt.HeaderBytes + 4);
        await using (var process = await RoostProcess.UpAsync(scratch.Data, ct))
        {
            using var client = new Client(process.Url);
            var reply = await client.GetAsync($"/api/v1/statuses/{damaged.Id}", null, ct);
            Assert.True(reply.IsSuccess, $"The post that is whole again is answered {reply}");
        }

        // Without its index the segment is read whole, and then the damage is found at the start.
        LogFile.Flip(segments[0], damaged.Offset + LogRecordAt.HeaderBytes + 4);
        File.Delete(Path.ChangeExtension(segments[0], ".idx"));
        await CheckRefusedAsync(
            scratch.Data, segments[0], damaged.Offset, "a sealed segment without its index is damaged", ct);
    }

    private static byte[] Tail(string kind, string segment)
    {
        switch (kind)
        {
            case "half a record":
                var last = LogFile.Records(segment)[^1];
                return File.ReadAllBytes(segment)[last.Offset..(last.Offset + last.Length * 2 / 3)];
            case "garbage":
                var garbage = new byte[3_000];
                new Random(7).NextBytes(garbage);
                return garbage;
            default:
                return new byte[4_096];
        }
    }

    private static async Task CheckRefusedAsync(
        string data, string segment, long offset, string damage, CancellationToken ct)
    {
        var refusal = await RoostProcess.UpRefusedAsync(data, ct);
        var says = refusal.Error.Contains($"{segment} at offset {offset}:", StringComparison.Ordinal)
            && refusal.Error.Contains("roost check", StringComparison.Ordinal);
        Assert.True(refusal.ExitCode == DamagedExitCode && says,
            $"When {damage}, it should refuse with code {DamagedExitCode}, name {segment} at offset {offset}, and advise "
            + $"'roost check'; but: {refusal}");
    }

    /// <summary>A post in the middle of its author's, and all that its author wrote, newest first.</summary>
    private static (LogRecordAt Damaged, List<LogRecordAt> ItsAuthors) Choose(
        List<LogRecordAt> @sealed, List<LogRecordAt> later)
    {
        var byAuthor = @sealed.Concat(later).Where(record => record.Kind is LogRecordAt.Post or LogRecordAt.Boost)
            .GroupBy(record => record.Author).First(author => author.Count() is > 50 and < 150 && author.Any(IsPlain));
        var all = byAuthor.Reverse().ToList();
        return (all.Where(record => IsPlain(record) && @sealed.Contains(record)).ElementAt(5), all);

        static bool IsPlain(LogRecordAt record) => record is { Kind: LogRecordAt.Post, Target: 0 };
    }

    private static async Task CheckNotServedAsync(
        Client client, Person reader, LogRecordAt damaged, List<LogRecordAt> itsAuthors, CancellationToken ct)
    {
        var path = $"/api/v1/statuses/{damaged.Id}";
        foreach (var reply in new[]
        {
            await client.GetAsync(path, null, ct), await client.GetAsync(path, reader.Token, ct),
            await client.GetAsync($"{path}/context", reader.Token, ct), await client.PostAsync(
                $"{path}/reblog", reader.Token, null, ct),
            await client.PostAsync($"{path}/favourite", reader.Token, null, ct),
            await client.PostAsync(
                "/api/v1/statuses", reader.Token, new { status = "An answer", in_reply_to_id = $"{damaged.Id}" }, ct),
        })
        {
            Assert.True(reply.Status == HttpStatusCode.InternalServerError, $"A damaged post is answered {reply}");
            Assert.Contains("damaged", reply.ErrorText, StringComparison.Ordinal);
        }

        // Boosts of the damaged post by the same author would be missing, too; Choose's author may have some.
        var expected = itsAuthors.Where(record => record.Id != damaged.Id && record.Target != damaged.Id)
            .Select(record => record.Id).ToList();
        await client.PostAsync($"/api/v1/accounts/{damaged.Author}/follow", reader.Token, null, ct);
        Assert.Equal(
            expected, await IdsAsync(client, $"/api/v1/accounts/{damaged.Author}/statuses?limit=40", reader, ct));
        var home = await IdsAsync(client, "/api/v1/timelines/home?limit=40", reader, ct);
        Assert.NotEmpty(home);
        Assert.DoesNotContain(damaged.Id, home);
        Assert.Empty(home.Except(expected));
        var many = await client.GetAsync(
            $"/api/v1/statuses?id%5B%5D={damaged.Id}&id%5B%5D={expected[0]}", reader.Token, ct);
        Assert.Equal(expected[0], Assert.Single(many.Json.EnumerateArray()).LongOf("id"));
    }

    private static async Task<List<long>> IdsAsync(Client client, string path, Person reader, CancellationToken ct)
    {
        var ids = new List<long>();
        await client.PageAsync(
            path, reader.Token, page => ids.AddRange(page.EnumerateArray().Select(json => json.LongOf("id"))), ct);
        return ids;
    }
}
