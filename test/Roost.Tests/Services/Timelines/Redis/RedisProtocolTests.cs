using System.Net;
using System.Text;
using Roost.Engine.Graph;
using Roost.Rpc;
using Roost.Services.Timelines.Redis;
using Xunit;

namespace Roost.Tests.Services.Timelines.Redis;

/// <summary>What is said to Redis and what it says. Real servers are in Roost.Cluster.Tests.</summary>
public sealed class RedisProtocolTests
{
    [Fact]
    public void Replies_are_read_wherever_they_are_torn()
    {
        var bytes = Encoding.UTF8.GetBytes(
            "+OK\r\n:42\r\n:-1\r\n$5\r\nhello\r\n$-1\r\n$2\r\n17\r\n$2\r\n07\r\n"
            + "-MOVED 1 a:1\r\n*2\r\n*-1\r\n*1\r\n$1\r\n0\r\n");
        string[] expected = ["OK", "42", "-1", "hello", "", "17", "07", "!MOVED 1 a:1", "[,[0]]"];

        for (var torn = 0; torn <= bytes.Length; torn++)
        {
            var said = new List<string>();
            var reader = new RespReader(bytes.AsSpan(0, torn));
            while (reader.TryRead(out var reply))
                said.Add(Say(reply));
            reader = new RespReader(bytes.AsSpan(reader.At));
            while (reader.TryRead(out var reply))
                said.Add(Say(reply));

            Assert.Equal(expected, said);
        }
    }

    [Fact]
    public void What_is_no_reply_is_an_error_and_nothing_else()
    {
        foreach (var wrong in (string[])["HTTP/1.1 400\r\n", ":x\r\n", "*9999999999\r\n", "$999999999999\r\n"])
        {
            Assert.Throws<InvalidDataException>(() =>
            {
                var reader = new RespReader(Encoding.UTF8.GetBytes(wrong));
                reader.TryRead(out _);
            });
        }
    }

    [Fact]
    public void Commands_are_words_with_their_lengths()
    {
        var commands = new RespWriter(1).Command("GET", "é");
        commands.Begin(2);
        commands.Word("k"u8, 4_294_967_295);
        commands.Word([], 0);

        Assert.Equal(
            "*2\r\n$3\r\nGET\r\n$2\r\né\r\n*2\r\n$11\r\nk4294967295\r\n$1\r\n0\r\n",
            Encoding.UTF8.GetString(commands.Written));
        Assert.Equal(2, commands.Commands);
    }

    [Fact]
    public void Groups_are_spread_over_all_slots_by_the_rule_of_Redis()
    {
        // The check value of CRC-16/XMODEM, as the specification of Redis Cluster has it.
        Assert.Equal(0x31C3, InboxKeys.SlotOf("123456789"));

        var keys = new InboxKeys("roost");

        for (var group = 0; group < InboxKeys.Groups; group++)
        {
            Assert.InRange(keys.Slot(group), group * 256, (group * 256) + 255);
            var mark = keys.Mark(group);
            Assert.Equal(keys.Slot(group), InboxKeys.SlotOf(mark[1..mark.IndexOf('}', StringComparison.Ordinal)]));
        }
    }

    [Fact]
    public void Marks_and_heads_are_read_as_they_are_written_and_nothing_else_is()
    {
        var mark = new InboxMark("a1", uint.MaxValue, long.MaxValue, 3);
        var head = new InboxHeader("b2", ulong.MaxValue, 7);

        Assert.Equal(mark, InboxMark.Parse(mark.ToString()));
        Assert.Equal(mark with { IsParted = true }, InboxMark.Parse((mark with { IsParted = true }).ToString()));
        Assert.Equal(head, InboxHeader.Parse(head.ToString()));
        foreach (var wrong in (string?[])[null, "", "a", "a b c d", "a 1 2", "a 1 2 3 4", "a -1 2 3"])
            Assert.Null(InboxMark.Parse(wrong));
        foreach (var wrong in (string?[])[null, "", "a", "a x 1", "a 1 -1", "a 1 1 1"])
            Assert.Null(InboxHeader.Parse(wrong));
    }

    [Theory]
    [InlineData("ASK 3999 127.0.0.1:6381", "127.0.0.1:6381")]
    [InlineData("ASK 3999 :6381", "10.0.0.7:6381")]
    [InlineData("ASK 3999 ::1:6381", "[::1]:6381")]
    [InlineData("ASK 3999 127.0.0.1", null)]
    [InlineData("MOVED 3999 127.0.0.1:6381", null)]
    [InlineData("TRYAGAIN Multiple keys request during rehashing of slot", null)]
    public void Where_a_key_has_gone_is_read_of_ASK_alone(string error, string? place)
    {
        var said = new RespValue(RespKind.Error, 0, error, null);

        Assert.Equal(place, SlotMove.PlaceOf(said, new IPEndPoint(IPAddress.Parse("10.0.0.7"), 6379))?.ToString());
    }

    [Fact]
    public void Sets_of_followees_have_numbers_of_their_own()
    {
        SortedIds[] sets =
        [
            SortedIds.Empty, SortedIds.FromUnsorted(1), SortedIds.FromUnsorted(2), SortedIds.FromUnsorted(3),
            SortedIds.FromUnsorted(1, 2), SortedIds.FromUnsorted([.. Enumerable.Range(1, 5_000)]),
        ];

        Assert.Equal(sets.Length, sets.Select(InboxHeader.Of).Distinct().Count());
        Assert.Equal(
            InboxHeader.Of(sets[^1]),
            InboxHeader.Of(SortedIds.FromUnsorted([.. Enumerable.Range(1, 4_999)]).With(new(5_000))));
    }

    [Fact]
    public void Entries_that_were_pushed_twice_or_too_early_are_passed_over()
    {
        // Done up to 107, and pushed in three runs: 101 to 105, 106 to 110, and after a start 106 and 107 once more.
        uint[] pushed = [107, 106, 110, 109, 108, 107, 106, 105, 104, 103, 102, 101, 0];
        var stored = new StoredInbox(
            new InboxMark("w", 107, 1, 0), new InboxHeader("w", 0, 50),
            [.. pushed.Select(seq => RespValue.Of(seq))]);

        var whole = RedisPage.Of(stored, uint.MaxValue, 0, RedisReader.All);
        var between = RedisPage.Of(stored, 107, 103, RedisReader.All);
        var cut = RedisPage.Of(stored with { Items = stored.Items[..^1] }, uint.MaxValue, 0, RedisReader.All);
        var part = RedisPage.Of(stored with { Items = stored.Items[..3] }, uint.MaxValue, 0, 3);

        Assert.Equal([107u, 106, 105, 104, 103, 102, 101], whole.Seqs);
        Assert.Equal((50u, true), (whole.CompleteFrom, whole.ReachesEnd));
        Assert.Equal([106u, 105, 104], between.Seqs);
        Assert.Equal(101u, cut.CompleteFrom);
        Assert.Equal([107u, 106], part.Seqs);
        Assert.Equal((106u, false), (part.CompleteFrom, part.ReachesEnd));
    }

    [Fact]
    public void Places_are_read_with_and_without_ports_and_passwords()
    {
        var plain = RedisServers.Parse("redis://10.0.0.1:6380,[::1]:7000,redis.example");
        var secret = RedisServers.Parse("redis://me:p%40ss@10.0.0.1", "other");
        var told = RedisServers.Parse("redis://10.0.0.1/", "other");

        Assert.Equal(
            [
                new IPEndPoint(IPAddress.Parse("10.0.0.1"), 6380), new IPEndPoint(IPAddress.IPv6Loopback, 7000),
                new DnsEndPoint("redis.example", 6379),
            ],
            plain.Seeds);
        Assert.Equal((null, null), (plain.User, plain.Password));
        Assert.Equal(("me", "p@ss"), (secret.User, secret.Password));
        Assert.Equal("other", told.Password);
        Assert.Null(plain.Tls);
        Assert.Same(RedisTls.Usual, RedisServers.Parse("rediss://me:p@10.0.0.1:6380/").Tls);
        foreach (var wrong in (string[])
            ["", "10.0.0.1:6379", "rediss://10.0.0.1?ca=/none/such.pem", "redis://", "redis://a:0", "redis://a:x", "redis://a:70000",
             "redis://a,,b", "redis://a b"])
        {
            var refusal = Assert.Throws<ServiceException>(() => RedisServers.Parse(wrong));
            Assert.Equal(ErrorCode.Invalid, refusal.Code);
            Assert.Contains("Give one like redis://", refusal.Message, StringComparison.Ordinal);
        }
    }

    private static string Say(RespValue value) => value.Kind switch
    {
        RespKind.Items => $"[{string.Join(',', value.Items!.Select(Say))}]",
        RespKind.Error => "!" + value.Text,
        _ => value.Say(),
    };
}
