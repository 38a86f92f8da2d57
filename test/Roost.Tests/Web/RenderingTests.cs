using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web;
using Roost.Web.Rendering;
using Xunit;

namespace Roost.Tests.Web;

public sealed class RenderingTests
{
    private static readonly WebOptions _options = new() { PublicUrl = new Uri("https://roost.example") };

    private static TimelineEntry Entry(int i, string text = "hello") => new(
        new Post(
            new PostRef(PostId.Create(1_795_003_200_000 + i, 0, 0), (uint)i + 1, PostKind.Post, new AccountId(1),
                default),
            FakeNetwork.Start, text, "", false, Visibility.Public, "en", default, default, [], null, null),
        new AccountView(
            new Account(new AccountId(1), "alice", "Alice \"A\"", "", false, false, FakeNetwork.Start),
            new FollowCounts(3, 4), new AuthorCounts(5, DateOnly.FromDateTime(FakeNetwork.Start.UtcDateTime))),
        new PostStats(1, 2, 3, true, false), [], null);

    [Fact]
    public void A_page_shown_before_is_written_without_allocating()
    {
        var renderer = new StatusRenderer(_options, new AccountRenderer(_options, 1 << 20), 1 << 20);
        var page = Enumerable.Range(0, 20).Select(i => Entry(i)).ToList();
        using var buffer = new Utf8Buffer(1 << 20);
        renderer.WritePage(buffer, page, new AccountId(1));
        var first = buffer.ToArray();

        var allocated = Allocations.Least(() => renderer.WritePage(buffer, page, new AccountId(1)));

        Assert.Equal(0, allocated);
        Assert.Equal(first, buffer.ToArray()[^first.Length..]);
        Assert.Equal(20, JsonDocument.Parse(first).RootElement.GetArrayLength());
    }

    [Fact]
    public void A_post_decoded_anew_is_the_same_and_an_edited_one_is_not()
    {
        var renderer = new StatusRenderer(_options, new AccountRenderer(_options, 1 << 20), 1 << 20);
        string Show(TimelineEntry entry)
        {
            using var buffer = new Utf8Buffer();
            renderer.Write(buffer, entry, default);
            return Encoding.UTF8.GetString(buffer.ToArray());
        }

        var first = Show(Entry(1));
        var again = Show(Entry(1));
        var edited = Show(Entry(1, "changed"));

        Assert.Equal(first, again);
        Assert.Contains("<p>changed</p>", edited, StringComparison.Ordinal);
        Assert.Contains("\"display_name\":\"Alice \\\"A\\\"\"", first, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cache_stays_within_its_bytes_and_never_answers_with_anothers_fragment()
    {
        const long Max = 1 << 16;
        var cache = new FragmentCache<int>(Max, static (a, b) => a == b);
        var random = new Random(20261122);

        for (var i = 0; i < 50_000; i++)
        {
            var id = random.Next(1, 300);
            var version = random.Next(3);
            if (cache.Find(id, version) is { } found) Assert.Equal(id * 10 + version, BitConverter.ToInt32(found));
            else
            {
                var fragment = new byte[4 + random.Next(900)];
                BitConverter.TryWriteBytes(fragment, id * 10 + version);
                cache.Add(id, version, fragment, 8);
            }
            Assert.InRange(cache.Bytes, 0, Max);
        }
    }

    [Fact]
    public async Task A_cache_read_and_written_by_many_counts_its_bytes_exactly()
    {
        var cache = new FragmentCache<int>(1 << 16, static (a, b) => a == b);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 50_000; i++)
            {
                var id = random.Next(1, 500);
                if (cache.Find(id, 0) is { } found) Assert.Equal(id, BitConverter.ToInt32(found));
                else cache.Add(id, 0, [.. BitConverter.GetBytes(id), .. new byte[random.Next(600)]], 8);
            }
        })));

        Assert.Equal(cache.CountedAnew(), cache.Bytes);
    }

    [Fact]
    public void A_buffer_grows_and_keeps_what_it_holds()
    {
        using var buffer = new Utf8Buffer(16);
        var expected = new StringBuilder();
        for (var i = -500; i < 500; i++)
        {
            buffer.WriteNumber(i * 1_000_003L);
            buffer.Write(","u8);
            expected.Append(i * 1_000_003L).Append(',');
        }

        Assert.Equal(expected.ToString(), Encoding.UTF8.GetString(buffer.ToArray()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Inserted_fragments_stand_where_they_were_put_whatever_blocks_they_are_copied_to(int seed)
    {
        var random = new Random(seed);
        using var buffer = new Utf8Buffer(16);
        var expected = new List<byte>();
        for (var i = 0; i < 300; i++)
        {
            var bytes = new byte[random.Next(3) == 0 ? random.Next(5_000) : random.Next(40)];
            random.NextBytes(bytes);
            expected.AddRange(bytes);
            if (random.Next(2) == 0) buffer.Insert(bytes);
            else buffer.Write(bytes);
        }
        var pipe = new Pipe(new PipeOptions(minimumSegmentSize: 64, pauseWriterThreshold: 0));

        buffer.CopyTo(pipe.Writer);
        await pipe.Writer.CompleteAsync();
        var read = await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(expected.Count, buffer.Length);
        Assert.Equal(expected, read.Buffer.ToArray());
        Assert.Equal(expected, buffer.ToArray());
    }
}
