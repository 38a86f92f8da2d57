using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc.Admin.Errors;
using Xunit;

namespace Roost.Tests.Rpc.Admin.Errors;

/// <summary>What is known of errors after a restart.</summary>
public sealed class ErrorMemoryTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("roost-test-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_directory, ErrorMemory.FileName);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task An_error_is_new_when_no_version_before_had_it()
    {
        await RunAsync("1.0.0", book =>
        {
            Log(book, "old");
            // The first version of all: there is nothing that it could be new beside.
            Assert.False(Assert.Single(book.Report()).IsNew);
        });
        _time.Advance(TimeSpan.FromDays(1));
        await RunAsync("1.1.0", book =>
        {
            Log(book, "old");
            Log(book, "fresh");

            var groups = book.Report().ToDictionary(group => group.Operation);
            Assert.Equal((false, "1.0.0", 2L), (groups["old"].IsNew, groups["old"].FirstVersion, groups["old"].Total));
            Assert.Equal(1, groups["old"].LastHour);
            Assert.Equal((1L, 1L), (groups["old"].Versions["1.0.0"], groups["old"].Versions["1.1.0"]));
            Assert.True(groups["fresh"].IsNew);
        });

        await RunAsync("1.1.0", book => Assert.True(book.Report().Single(group => group.Operation == "fresh").IsNew));
        await RunAsync("1.2.0", book =>
        {
            Assert.All(book.Report(), group => Assert.False(group.IsNew));
            Assert.Equal(["1.0.0", "1.1.0", "1.2.0"], book.Runs.Select(run => run.Version));
            Assert.Equal(TimeSpan.FromDays(1), book.Runs[1].Since - book.Runs[0].Since);
        });
    }

    [Fact]
    public async Task What_is_resolved_stays_so_and_comes_back_after_a_restart()
    {
        await RunAsync("1.0.0", async book =>
        {
            Log(book, "posts");
            await book.ResolveAsync(book.Report()[0].Fingerprint);
            // Before anybody is told that it is, it is written down.
            Assert.Contains("resolved_at\":\"2026-06-01", await System.IO.File.ReadAllTextAsync(File, Ct), StringComparison.Ordinal);
        });
        await RunAsync("1.0.0", book => Assert.True(Assert.Single(book.Report()).IsResolved));
        await RunAsync("1.1.0", book =>
        {
            Log(book, "posts");

            var group = Assert.Single(book.Report());
            Assert.Equal((false, true, false), (group.IsResolved, group.IsBack, group.IsNew));
        });
        await RunAsync("1.1.0", book => Assert.True(Assert.Single(book.Report()).IsBack));
    }

    [Fact]
    public async Task What_failed_before_the_directory_was_open_is_counted_with_what_was_known()
    {
        await RunAsync("1.0.0", book => Log(book, "posts"));
        var book = new ErrorBook("1.1.0", _time);
        Log(book, "posts");
        await using var memory = ErrorMemory.Open(_directory, book, _time, NullLogger<ErrorMemory>.Instance);

        var group = Assert.Single(book.Report());
        Assert.Equal((2L, "1.0.0", false), (group.Total, group.FirstVersion, group.IsNew));
    }

    [Fact]
    public async Task What_has_changed_is_written_while_the_process_runs()
    {
        var book = new ErrorBook("1.0.0", _time);
        await using var memory = ErrorMemory.Open(_directory, book, _time, NullLogger<ErrorMemory>.Instance);
        Log(book, "posts");

        while (!System.IO.File.Exists(File) || !(await System.IO.File.ReadAllTextAsync(File, Ct)).Contains("posts", StringComparison.Ordinal))
        {
            _time.Advance(ErrorMemory.Pause);
            await Task.Yield();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("null")]
    [InlineData("{\"runs\":null,\"groups\":[]}")]
    [InlineData("{\"runs\":[],\"groups\":[{\"fingerprint\":\"v2-1\"}]}")]
    public async Task A_file_that_cannot_be_read_is_begun_anew(string text)
    {
        await System.IO.File.WriteAllTextAsync(File, text, Ct);

        await RunAsync("1.0.0", book =>
        {
            Assert.Empty(book.Report());
            Log(book, "posts");
        });

        await RunAsync("1.0.0", book => Assert.Single(book.Report()));
    }

    [Fact]
    public async Task The_file_is_bounded_whatever_fails()
    {
        await RunAsync("1.0.0", book =>
        {
            for (var i = 0; i < 2 * ErrorBook.GroupsMax; i++)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                Log(book, "operation " + i, new string('x', 10_000));
            }
        });

        Assert.InRange(new FileInfo(File).Length, 100_000, 2_000_000);
        await RunAsync("1.0.0", book =>
        {
            Assert.Equal(ErrorBook.GroupsMax, book.Report().Count);
            Assert.Contains(book.Report(), group => group.Operation == "operation 1999");
        });
    }

    [Fact]
    public async Task Who_resolves_is_told_when_that_could_not_be_written()
    {
        var book = new ErrorBook("1.0.0", _time);
        await using var memory = ErrorMemory.Open(_directory, book, _time, NullLogger<ErrorMemory>.Instance);
        while (!System.IO.File.Exists(File)) await Task.Yield();
        Log(book, "posts");
        Directory.CreateDirectory(File + ".new");

        await Assert.ThrowsAsync<IOException>(() => book.ResolveAsync(book.Report()[0].Fingerprint));

        Assert.True(book.Report()[0].IsResolved);
        Directory.Delete(File + ".new");
    }

    private Task RunAsync(string version, Action<ErrorBook> run) => RunAsync(version, book =>
    {
        run(book);
        return Task.CompletedTask;
    });

    private async Task RunAsync(string version, Func<ErrorBook, Task> run)
    {
        var book = new ErrorBook(version, _time);
        await using var memory = ErrorMemory.Open(_directory, book, _time, NullLogger<ErrorMemory>.Instance);
        await run(book);
    }

    private static void Log(ErrorBook book, string category, string message = "Failed.")
    {
        KeyValuePair<string, object?>[] state = [new("{OriginalFormat}", "Failed.")];
        book.CreateLogger(category).Log(LogLevel.Error, default, state, null, (_, _) => message);
    }
}
