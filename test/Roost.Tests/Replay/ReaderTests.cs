using System.IO.Compression;
using System.Text;
using Roost.Replay;
using Roost.Replay.Reading;
using Roost.Rpc;
using Xunit;

namespace Roost.Tests.Replay;

public sealed class ReaderTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("roost-reader-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void An_edge_list_becomes_sorted_follows_without_doubles_or_self_follows()
    {
        var path = Write("edges.txt", "# a comment\n30\t10\n10 30 1341101181\n30 10 5\r\n\n10 10\n20  30");

        var network = EdgeListReader.Read(path);

        Assert.Equal(["u10", "u20", "u30"], network.Usernames);
        Assert.Equal([new FollowEdge(0, 2), new FollowEdge(1, 2), new FollowEdge(2, 0)], network.Follows);
        Assert.Empty(network.Activities);
    }

    [Fact]
    public void Gzip_is_told_by_its_first_bytes_whatever_the_name()
    {
        var path = Path.Combine(_directory, "edges.txt");
        File.WriteAllBytes(path, [.. Zip("1 2\n"), .. Zip("2 3")]);

        Assert.Equal(2, EdgeListReader.Read(path).Follows.Length);
    }

    [Fact]
    public void A_gzip_file_cut_off_anywhere_is_refused()
    {
        var whole = Zip(string.Concat(Enumerable.Range(0, 200).Select(i => $"{i} {i * 7919 % 1000}\n")));
        var path = Path.Combine(_directory, "cut.gz");

        for (var length = 2; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            var error = Assert.Throws<ServiceException>(() => EdgeListReader.Read(path));
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_gzip_file_with_a_flipped_bit_is_refused()
    {
        var whole = Zip(string.Concat(Enumerable.Range(0, 200).Select(i => $"{i} {i * 7919 % 1000}\n")));
        var path = Path.Combine(_directory, "flipped.gz");

        // From the first byte of the compressed data: the header's time and system fields are not protected by
        // anything.
        for (var at = 10; at < whole.Length; at++)
        {
            whole[at] ^= 0x10;
            File.WriteAllBytes(path, whole);
            Assert.Throws<ServiceException>(() => EdgeListReader.Read(path));
            whole[at] ^= 0x10;
        }
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1 ")]
    [InlineData("a b")]
    [InlineData("1 b")]
    [InlineData("-1 2")]
    [InlineData("+1 2")]
    [InlineData("1.5 2")]
    [InlineData("1,2")]
    [InlineData("2147483648 1")]
    [InlineData("99999999999999999999 1")]
    [InlineData("1 2 3 4")]
    public void A_malformed_edge_is_named_with_file_and_line(string line)
    {
        var path = Write("bad.txt", $"# head\n1 2\n\n{line}\n3 4\n");

        var error = Assert.Throws<ServiceException>(() => EdgeListReader.Read(path));

        Assert.Equal(ErrorCode.Invalid, error.Code);
        Assert.StartsWith($"{path}:4: expected two account numbers", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    public void A_file_without_edges_is_refused(string text) =>
        Assert.Throws<ServiceException>(() => EdgeListReader.Read(Write("empty.txt", text)));

    [Fact]
    public void A_line_without_end_is_refused_instead_of_filling_the_memory()
    {
        var path = Write("long.txt", "1 2\n" + new string('7', 2_000_000));

        var error = Assert.Throws<ServiceException>(() => EdgeListReader.Read(path));

        Assert.StartsWith($"{path}:2: expected a line of at most", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Assert.Contains("nowhere.txt", Assert.Throws<ServiceException>(
            () => EdgeListReader.Read(Path.Combine(_directory, "nowhere.txt"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Lines_longer_than_a_buffer_boundary_are_read_whole()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 60_000; i++) text.Append(i).Append('\t').Append(i + 1).Append(i % 3 == 0 ? "\r\n" : "\n");

        var network = EdgeListReader.Read(Write("big.txt", text.ToString()));

        Assert.Equal(60_001, network.Usernames.Length);
        Assert.Equal(60_000, network.Follows.Length);
    }

    [Fact]
    public void Higgs_files_become_accounts_follows_and_activity_in_file_order()
    {
        WriteHiggs("5 7 1341100972 MT\n5 7 1341100972 RE\n9 5 1341100973 RT\n", retweets: "9 5 1\n",
            mentions: "5 7 2\n", replies: "5 7 1\n");

        var network = HiggsReader.Read(_directory);

        Assert.Equal(["u5", "u7", "u9"], network.Usernames);
        Assert.Equal([new FollowEdge(0, 1), new FollowEdge(2, 0)], network.Follows);
        Assert.Equal(
            [
                new Activity(0, 1, 1341100972000, ActivityKind.Mention),
                new Activity(0, 1, 1341100972000, ActivityKind.Reply),
                new Activity(2, 0, 1341100973000, ActivityKind.Boost),
            ],
            network.Activities);
        Assert.Equal("@u7 mention 1", network.TextOf(0));
        Assert.Equal("@u7 reply 2", network.TextOf(1));
        Assert.Equal("", network.TextOf(2));
    }

    [Theory]
    [InlineData("5 7 1341100972")]
    [InlineData("5 7 1341100972 XX")]
    [InlineData("5 7 1341100972 rt")]
    [InlineData("5 7 1341100972 RT 1")]
    [InlineData("5 7 noon RT")]
    [InlineData("5 7 -1 RT")]
    [InlineData("5 7 253402300800 RT")]
    [InlineData("5 RT")]
    [InlineData("x 7 1341100972 RT")]
    public void A_malformed_activity_is_named_with_file_and_line(string line)
    {
        WriteHiggs($"5 7 1341100972 MT\n{line}\n");

        var error = Assert.Throws<ServiceException>(() => HiggsReader.Read(_directory));

        Assert.StartsWith(
            $"{Path.Combine(_directory, "higgs-activity_time.txt.gz")}:2: expected \"actor target", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_activity_older_than_the_one_above_is_refused()
    {
        WriteHiggs("5 7 1341100972 MT\n5 7 1341100971 MT\n");

        Assert.Contains(
            "a time not before the line above",
            Assert.Throws<ServiceException>(() => HiggsReader.Read(_directory)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_higgs_file_is_named()
    {
        WriteHiggs("5 7 1341100972 MT\n");
        File.Delete(Path.Combine(_directory, "higgs-reply_network.edgelist"));

        Assert.Contains(
            "higgs-reply_network.edgelist", Assert.Throws<ServiceException>(() => HiggsReader.Read(_directory)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Control_characters_of_a_malformed_line_are_not_echoed()
    {
        var path = Write("evil.txt", "1 \u001b[2J\n");

        Assert.DoesNotContain('\u001b', Assert.Throws<ServiceException>(() => EdgeListReader.Read(path)).Message);
    }

    private void WriteHiggs(string activity, string retweets = "", string mentions = "", string replies = "")
    {
        File.WriteAllBytes(Path.Combine(_directory, "higgs-activity_time.txt.gz"), Zip(activity));
        Write("higgs-retweet_network.edgelist", retweets);
        Write("higgs-mention_network.edgelist", mentions);
        Write("higgs-reply_network.edgelist", replies);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static byte[] Zip(string text)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Optimal)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return zipped.ToArray();
    }
}
