using Roost.Engine.Memory;
using Roost.Rpc;
using Roost.Services.Posts.Log;
using Xunit;

namespace Roost.Tests.Services.Posts.Log;

/// <summary>What a crash or a bad disk leaves, and what opening makes of it.</summary>
public sealed class PostLogCrashTests : IDisposable
{
    private readonly LogHarness _harness = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task A_last_group_torn_at_any_byte_is_there_whole_or_not_at_all()
    {
        var (before, after) = await WriteGroupsAsync();
        var whole = await File.ReadAllBytesAsync(_harness.NewestSegment, Ct);
        Assert.Equal(after, whole.Length);

        for (var cut = before; cut <= after; cut++)
        {
            await File.WriteAllBytesAsync(_harness.NewestSegment, whole[..(int)cut], Ct);
            await using (var log = _harness.Open())
            {
                AssertTexts(log, cut == after ? ["a", "b", "c", "d"] : ["a", "b"]);
                Assert.Equal(log.LastSeq + 1, (await log.AppendAsync(LogHarness.Draft("next"), Ct)).Seq);
            }
            await using (var again = _harness.Open())
                AssertTexts(again, cut == after ? ["a", "b", "c", "d", "next"] : ["a", "b", "next"]);

            if (cut > before && cut < after)
            {
                var aside = Assert.Single(_harness.CutFiles);
                Assert.Equal(whole[(int)before..(int)cut], await File.ReadAllBytesAsync(aside, Ct));
                Assert.Contains(_harness.Said, line => line.Contains(aside, StringComparison.Ordinal));
            }
            foreach (var file in _harness.CutFiles) File.Delete(file);
            File.Delete(_harness.Mark);
        }
    }

    [Fact]
    public async Task A_tail_torn_before_the_durable_mark_is_refused_and_left_as_it_is()
    {
        var (before, after) = await WriteGroupsAsync();
        var whole = await File.ReadAllBytesAsync(_harness.NewestSegment, Ct);
        await using (_harness.Open())
        {
            // Opening leaves the mark as it is.
        }
        await RestoreMarkAsync();

        for (var cut = before; cut < after; cut += 11)
        {
            await File.WriteAllBytesAsync(_harness.NewestSegment, whole[..(int)cut], Ct);

            var refusal = Assert.Throws<ServiceException>(_harness.Open);

            Assert.Equal(ErrorCode.DataDamaged, refusal.Code);
            Assert.Contains(_harness.NewestSegment, refusal.Detail);
            Assert.Contains("roost check", refusal.Detail);
            Assert.Equal(cut, new FileInfo(_harness.NewestSegment).Length);
            Assert.Empty(_harness.CutFiles);
        }
    }

    [Fact]
    public async Task A_last_group_whose_pages_were_written_out_of_order_is_cut_whole()
    {
        var (before, after) = await WriteGroupsAsync();
        var bytes = await File.ReadAllBytesAsync(_harness.NewestSegment, Ct);
        bytes.AsSpan((int)before, 30).Clear();
        await File.WriteAllBytesAsync(_harness.NewestSegment, bytes, Ct);

        await using var log = _harness.Open();

        AssertTexts(log, ["a", "b"]);
        Assert.Equal(after - before, new FileInfo(Assert.Single(_harness.CutFiles)).Length);
    }

    [Fact]
    public async Task A_bad_record_before_a_later_group_is_damage_even_without_the_mark()
    {
        var (before, _) = await WriteGroupsAsync();
        var bytes = await File.ReadAllBytesAsync(_harness.NewestSegment, Ct);
        bytes[before - 1] ^= 1;
        await File.WriteAllBytesAsync(_harness.NewestSegment, bytes, Ct);

        var refusal = Assert.Throws<ServiceException>(_harness.Open);

        Assert.Equal(ErrorCode.DataDamaged, refusal.Code);
        Assert.Contains("record 2", refusal.Detail);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(_harness.NewestSegment, Ct));
    }

    [Fact]
    public async Task A_flipped_byte_anywhere_is_an_error_never_another_text()
    {
        var seed = Environment.ProcessId;
        var random = new Random(seed);
        var texts = await FillAsync(random, 300);
        await File.WriteAllBytesAsync(
            Path.Combine(_harness.Root, "mark"), await File.ReadAllBytesAsync(_harness.Mark, Ct), Ct);
        var pristine = _harness.Snapshot();
        var refused = 0;
        for (var round = 0; round < 150; round++)
        {
            Restore(pristine);
            File.Copy(Path.Combine(_harness.Root, "mark"), _harness.Mark, overwrite: true);
            var files = Directory.GetFiles(_harness.Directory).Order().ToArray();
            var file = files[random.Next(files.Length)];
            var bytes = await File.ReadAllBytesAsync(file, Ct);
            var at = random.Next(bytes.Length);
            bytes[at] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(file, bytes, Ct);

            try
            {
                await using var log = _harness.Open();
                Assert.True(texts.Count == log.LastSeq, $"{log.LastSeq} records, {file} at {at}, seed {seed}");
                for (var seq = 1u; seq <= log.LastSeq; seq++)
                    Assert.True(
                        ReadsRightOrFails(log, seq, texts[(int)seq - 1]), $"record {seq}, {file} at {at}, seed {seed}");
            }
            catch (ServiceException refusal) when (refusal.Code == ErrorCode.DataDamaged)
            {
                refused++;
                Assert.EndsWith(".log", file);
            }
        }
        Assert.True(refused > 0, $"seed {seed}");
    }

    [Fact]
    public async Task A_sealed_segment_that_is_missing_or_shortened_is_refused()
    {
        await FillAsync(new Random(1), 600);
        var sealedPath = _harness.Segments[0];
        var bytes = await File.ReadAllBytesAsync(sealedPath, Ct);

        await File.WriteAllBytesAsync(sealedPath, bytes[..^10], Ct);
        Assert.Equal(ErrorCode.DataDamaged, Assert.Throws<ServiceException>(_harness.Open).Code);
        File.Delete(sealedPath);
        Assert.Equal(ErrorCode.DataDamaged, Assert.Throws<ServiceException>(_harness.Open).Code);
        await File.WriteAllBytesAsync(sealedPath, bytes, Ct);
        await using var log = _harness.Open();
    }

    [Fact]
    public async Task An_index_that_is_missing_damaged_or_of_another_segment_is_made_again()
    {
        var texts = await FillAsync(new Random(2), 600);
        var indexes = _harness.Segments[..^1].Select(path => Path.ChangeExtension(path, ".idx")).ToArray();
        Assert.True(indexes.Length >= 2);
        var good = indexes.Select(File.ReadAllBytes).ToArray();

        foreach (var spoil in new Action[]
        {
            () => File.Delete(indexes[0]),
            () => File.WriteAllBytes(indexes[0], good[1]),
            () => File.WriteAllBytes(indexes[0], good[0][..^4]),
            () => File.WriteAllBytes(indexes[0], []),
            () => File.WriteAllBytes(indexes[0], [.. good[0][..100], (byte)~good[0][100], .. good[0][101..]]),
        })
        {
            spoil();
            _harness.Said.Clear();
            await using (var log = _harness.Open()) AssertTexts(log, texts);

            Assert.Contains(_harness.Said, line => line.Contains("made again", StringComparison.Ordinal));
            Assert.Equal(good[0], await File.ReadAllBytesAsync(indexes[0], Ct));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(32)]
    public async Task A_segment_begun_just_before_a_crash_is_begun_anew(int headerBytes)
    {
        var texts = await FillAsync(new Random(3), 50);
        var header = (await File.ReadAllBytesAsync(_harness.NewestSegment, Ct))[..32];
        BitConverter.TryWriteBytes(header.AsSpan(16), texts.Count + 1);
        BitConverter.TryWriteBytes(header.AsSpan(28), Crc32C.Of(header.AsSpan(0, 28)));
        var path = Path.Combine(_harness.Directory, SegmentFormat.FileName((uint)texts.Count + 1));
        await File.WriteAllBytesAsync(path, header[..headerBytes], Ct);

        await using (var log = _harness.Open())
        {
            AssertTexts(log, texts);
            await log.AppendAsync(LogHarness.Draft("next"), Ct);
        }

        await using var again = _harness.Open();
        AssertTexts(again, [.. texts, "next"]);
    }

    [Fact]
    public async Task A_segment_of_another_version_or_shard_is_refused_and_left_as_it_is()
    {
        await FillAsync(new Random(4), 5);
        var bytes = await File.ReadAllBytesAsync(_harness.NewestSegment, Ct);
        File.Delete(_harness.Mark);
        foreach (var (at, words) in new[] { (8, "version 9"), (12, "shard 9") })
        {
            var changed = bytes[..40];
            changed[at] = 9;
            BitConverter.TryWriteBytes(changed.AsSpan(28), Crc32C.Of(changed.AsSpan(0, 28)));
            await File.WriteAllBytesAsync(_harness.NewestSegment, changed, Ct);

            var refusal = Assert.Throws<ServiceException>(_harness.Open);

            Assert.Contains(words, refusal.Detail);
            Assert.Equal(changed, await File.ReadAllBytesAsync(_harness.NewestSegment, Ct));
        }
    }

    /// <summary>
    /// Two groups, then one of two records; the mark is removed, as after a power cut that came before it reached the
    /// disk.
    /// </summary>
    /// <returns>Where the last group begins and ends.</returns>
    private async Task<(long Before, long After)> WriteGroupsAsync()
    {
        long before;
        await using (var log = _harness.Open())
        {
            await log.AppendAsync(LogHarness.Draft("a"), Ct);
            await log.AppendAsync(LogHarness.Draft("b"), Ct);
            before = new FileInfo(_harness.NewestSegment).Length;
            await log.AppendAllAsync([LogHarness.Draft("c"), LogHarness.Draft("d")], Ct);
        }
        File.Move(_harness.Mark, Path.Combine(_harness.Root, "mark"));
        return (before, new FileInfo(_harness.NewestSegment).Length);
    }

    private Task RestoreMarkAsync()
    {
        File.Copy(Path.Combine(_harness.Root, "mark"), _harness.Mark, overwrite: true);
        return Task.CompletedTask;
    }

    /// <summary>Many records of random length, over several segments.</summary>
    private async Task<List<string>> FillAsync(Random random, int count)
    {
        var texts = Enumerable.Range(0, count).Select(i => $"{i}:{new string('x', random.Next(600))}").ToList();
        await using var log = _harness.Open();
        foreach (var text in texts) await log.AppendAsync(LogHarness.Draft(text), Ct);
        return texts;
    }

    private void Restore(string pristine)
    {
        foreach (var file in Directory.GetFiles(_harness.Directory)) File.Delete(file);
        foreach (var file in Directory.GetFiles(pristine))
            File.Copy(file, Path.Combine(_harness.Directory, Path.GetFileName(file)));
    }

    private static bool ReadsRightOrFails(PostLog log, uint seq, string text)
    {
        try
        {
            return LogHarness.Text(log.Read(seq)) == text && log[seq].Kind == RecordKind.Post;
        }
        catch (ServiceException failure) when (failure.Code == ErrorCode.DataDamaged)
        {
            return true;
        }
    }

    private static void AssertTexts(PostLog log, List<string> texts)
    {
        Assert.Equal((uint)texts.Count, log.LastSeq);
        for (var i = 0; i < texts.Count; i++) Assert.Equal(texts[i], LogHarness.Text(log.Read((uint)i + 1)));
    }
}
