using System.Collections.Concurrent;
using Roost.Engine.Search;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Services.Search.Files;
using Roost.Services.Storage;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Search;

/// <summary>The index in files: what a start finds there is what the log would give, whatever happened to the
/// files.</summary>
public sealed class SavedIndexTests(ITestOutputHelper output)
{
    private const int NoSpace = 28;
    private const int Steps = 220;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_restart_finds_the_same_at_once_and_takes_nothing_in_again(int seed)
    {
        output.WriteLine($"seed {seed}");
        await using var network = await StartAsync();
        var story = new SearchStory(network, seed);
        for (var start = 0; start < 3; start++)
        {
            await story.GoOnAsync(Steps);
            var before = await SearchStory.FindAsync(network);
            await network.RestartAsync();

            var end = await network.Posts.Locate(LocatePost.End, TestNetwork.Call);
            var status = await network.Search.Ingested(new AwaitIngest(TimeSpan.Zero), TestNetwork.Call);
            Assert.Equal(end - 1, status.Processed);
            var atOnce = await SearchStory.FindAsync(network);
            await network.Search.Ingested(new AwaitIngest(), TestNetwork.Call);
            var later = await SearchStory.FindAsync(network);

            Assert.Equal(before, atOnce);
            Assert.Equal(before, later);
        }
        var saved = await SearchStory.FindAsync(network);
        await network.RestartAsync(directory =>
        {
            var report = Check(directory);
            Assert.Empty(report.Findings);
            Assert.InRange(report.Counts[0].Count, 2, 100);
            Directory.Delete(Path.Combine(directory, SearchService.Folder), true);
        });
        await network.Search.Ingested(new AwaitIngest(), TestNetwork.Call);
        Assert.Equal(await SearchStory.FindAsync(network), saved);
    }

    [Fact]
    public async Task Killed_at_any_step_of_a_save_the_next_start_finds_all()
    {
        const int Seed = 4;
        var copies = new ConcurrentQueue<string>();
        var isCopying = false;
        var scratch = Directory.CreateTempSubdirectory("roost-test-").FullName;
        try
        {
            await using var network = await StartAsync((DiskOperation operation, string path, ref int bytes) =>
            {
                if (!isCopying)
                    return 0;
                var folder = Path.GetDirectoryName(path)!;
                folder = operation == DiskOperation.SyncDirectory ? path : folder;
                // Also torn: half of what is about to be written is there.
                if (operation == DiskOperation.Write)
                    Copy(folder, Path.Combine(scratch, $"{copies.Count}"), copies, path, bytes / 2);
                else
                    Copy(folder, Path.Combine(scratch, $"{copies.Count}"), copies);
                return 0;
            });
            var story = new SearchStory(network, Seed);
            await story.GoOnAsync(Steps);
            await network.RestartAsync();
            await story.GoOnAsync(Steps);
            isCopying = true;
            await network.RestartAsync();
            isCopying = false;
            var expected = await SearchStory.FindAsync(network);
            output.WriteLine($"seed {Seed}, {copies.Count} steps");
            Assert.InRange(copies.Count, 15, 60);

            foreach (var copy in copies.ToArray())
            {
                await network.RestartAsync(directory =>
                {
                    var folder = Path.Combine(directory, SearchService.Folder);
                    Directory.Delete(folder, recursive: true);
                    Copy(copy, folder, []);
                });
                await network.Search.Ingested(new AwaitIngest(), TestNetwork.Call);
                var found = await SearchStory.FindAsync(network);
                Assert.True(expected.SequenceEqual(found), $"seed {Seed}, after {Path.GetFileName(copy)} of {copies.Count}");
            }
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Damage_anywhere_costs_time_but_no_post(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var network = await StartAsync();
        var story = new SearchStory(network, 5);
        await story.GoOnAsync(2 * Steps);
        var expected = await SearchStory.FindAsync(network);

        for (var tries = 0; tries < 6; tries++)
        {
            var what = "";
            await network.RestartAsync(directory =>
            {
                what = Damage(random, Path.Combine(directory, SearchService.Folder));
                Assert.True(Check(directory).IsSound, what);
            });
            await network.Search.Ingested(new AwaitIngest(), TestNetwork.Call);
            var found = await SearchStory.FindAsync(network);
            Assert.True(expected.SequenceEqual(found), $"seed {seed}, {what}");
        }
    }

    [Fact]
    public async Task What_was_saved_over_another_log_is_not_taken()
    {
        await using var other = await StartAsync();
        await new SearchStory(other, 6).GoOnAsync(Steps);
        var copies = new ConcurrentQueue<string>();
        var scratch = Directory.CreateTempSubdirectory("roost-test-").FullName;
        try
        {
            await other.RestartAsync(directory => Copy(
                Path.Combine(directory, SearchService.Folder), Path.Combine(scratch, "other"), copies));
            await using var network = await StartAsync();
            await new SearchStory(network, 7).GoOnAsync(Steps);
            var expected = await SearchStory.FindAsync(network);

            await network.RestartAsync(directory =>
            {
                var folder = Path.Combine(directory, SearchService.Folder);
                Directory.Delete(folder, recursive: true);
                Copy(Path.Combine(scratch, "other"), folder, copies);
            });
            await network.Search.Ingested(new AwaitIngest(), TestNetwork.Call);

            Assert.Equal(expected, await SearchStory.FindAsync(network));
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    [Theory]
    [InlineData(nameof(DiskOperation.Create))]
    [InlineData(nameof(DiskOperation.Write))]
    [InlineData(nameof(DiskOperation.Sync))]
    [InlineData(nameof(DiskOperation.Rename))]
    [InlineData(nameof(DiskOperation.SyncDirectory))]
    public async Task A_disk_that_fails_leaves_the_save_before(string what)
    {
        var failing = Enum.Parse<DiskOperation>(what);
        var isFailing = false;
        await using var network = await StartAsync((DiskOperation operation, string path, ref int bytes) =>
        {
            bytes /= 2;
            return isFailing && operation == failing ? NoSpace : 0;
        });
        var story = new SearchStory(network, 8);
        await story.GoOnAsync(Steps);
        await network.RestartAsync();
        await story.GoOnAsync(Steps);
        var expected = await SearchStory.FindAsync(network);

        isFailing = true;
        await network.RestartAsync(directory => Assert.DoesNotContain(
            Directory.EnumerateFiles(Path.Combine(directory, SearchService.Folder)),
            path => path.EndsWith(".new", StringComparison.Ordinal)));
        await network.Search.Ingested(new AwaitIngest(), TestNetwork.Call);

        Assert.Equal(expected, await SearchStory.FindAsync(network));
    }

    [Fact]
    public async Task A_save_that_fails_when_its_segments_are_written_already_is_made_up_for_by_the_next()
    {
        var isFailing = false;
        var failed = new TaskCompletionSource();
        await using var network = await StartAsync((DiskOperation operation, string path, ref int bytes) =>
        {
            if (!isFailing || operation != DiskOperation.Rename || !path.EndsWith("manifest", StringComparison.Ordinal))
                return 0;
            failed.TrySetResult();
            return NoSpace;
        });
        var story = new SearchStory(network, 9);
        isFailing = true;
        await story.GoOnAsync(2 * Steps);
        await failed.Task.WaitAsync(TestNetwork.Call.Cancellation);
        var expected = await SearchStory.FindAsync(network);

        isFailing = false;
        await network.RestartAsync(directory => Assert.True(
            File.Exists(Path.Combine(directory, SearchService.Folder, SearchManifest.FileName))));
        await network.Search.Ingested(new AwaitIngest(), TestNetwork.Call);

        Assert.Equal(expected, await SearchStory.FindAsync(network));
    }

    private static Task<TestNetwork> StartAsync(DiskFault? fault = null) => TestNetwork.StartAsync(
        SearchStory.Accounts, search: new SearchOptions
        {
            Index = new SearchIndexOptions { SegmentPostsMax = 60, ChunkBytes = 1 << 16 },
            SaveAfterRecords = 1,
            PastShare = 1,
            Fault = fault,
        });

    private static CheckReport Check(string directory)
    {
        using var data = DataDirectory.Open(directory, create: false);
        return SearchCheck.Run(data, arePostsGivenUp: false);
    }

    /// <summary>A byte changed, a file cut, removed, empty, or in another's place.</summary>
    private static string Damage(Random random, string folder)
    {
        var files = Directory.GetFiles(folder);
        var path = files[random.Next(files.Length)];
        var bytes = File.ReadAllBytes(path);
        var at = random.Next(bytes.Length);
        switch (random.Next(8))
        {
            case 0:
                File.Delete(path);
                return $"{path} deleted";
            case 1:
                File.WriteAllBytes(path, bytes[..at]);
                return $"{path} cut at {at}";
            case 2:
                File.WriteAllBytes(path, File.ReadAllBytes(files[random.Next(files.Length)]));
                return $"{path} replaced by another";
            default:
                bytes[at] ^= (byte)(1 << random.Next(8));
                File.WriteAllBytes(path, bytes);
                return $"{path} changed at {at}";
        }
    }

    private static void Copy(
        string folder, string to, ConcurrentQueue<string> copies, string? torn = null, int tornBytes = 0)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(folder))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        if (torn is not null)
        {
            using var file = new FileStream(Path.Combine(to, Path.GetFileName(torn)), FileMode.Append);
            file.Write(new byte[tornBytes]);
        }
        copies.Enqueue(to);
    }
}
