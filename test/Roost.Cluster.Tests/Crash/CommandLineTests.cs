using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Roost.Cluster.Tests.Crash;

/// <summary>
/// What <c>roost up</c> answers to a command line or surroundings that are wrong: one sentence, no stack trace, and a
/// code that a script can tell apart.
/// </summary>
public sealed class CommandLineTests
{
    private const int Usage = 2;
    private const int Data = 3;
    private const int Surroundings = 4;

    [Fact(Timeout = 60 * 1_000)]
    public async Task Help_shows_every_option_and_an_example()
    {
        var help = await RoostProcess.RunAsync(TestContext.Current.CancellationToken, "up", "--help");

        Assert.Equal(0, help.ExitCode);
        Assert.Equal("", help.Error);
        foreach (var text in new[] { "--data", "--listen", "--public-url", "--title", "Example: roost up" })
            Assert.Contains(text, help.Output, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60 * 1_000)]
    [InlineData("--nonsense", "up", "--nonsense")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("--data", "up", "--data")]
    [InlineData("'here' is not a URL to listen on", "up", "--listen", "here")]
    [InlineData("is not a URL to listen on", "up", "--listen", "https://127.0.0.1:0")]
    [InlineData("is not a URL to listen on", "up", "--listen", "http://127.0.0.1:70000")]
    [InlineData("is not a URL to listen on", "up", "--listen", "http://roost.example:0")]
    [InlineData("--public-url", "up", "--listen", "http://127.0.0.1:0", "--public-url", "here")]
    [InlineData("path", "up", "--listen", "http://127.0.0.1:0", "--public-url", "https://social.example/roost")]
    [InlineData("http", "up", "--listen", "http://127.0.0.1:0", "--public-url", "mailto:a@social.example")]
    [InlineData("Title", "up", "--listen", "http://127.0.0.1:0", "--title", "")]
    [InlineData("--data", "up", "--listen", "http://127.0.0.1:0", "--data", "")]
    public async Task A_wrong_command_line_is_told_in_words(string says, params string[] arguments)
    {
        using var scratch = new Scratch();
        string[] all = arguments is ["up", ..] && !arguments.Contains("--data") ? [.. arguments, "--data", scratch.Data] : arguments;

        var result = await RoostProcess.RunAsync(TestContext.Current.CancellationToken, all);

        Check(result, Usage, says);
        Assert.False(Directory.Exists(scratch.Data), "Nothing should have been made.");
    }

    [Fact(Timeout = 60 * 1_000)]
    public async Task A_taken_port_is_told_in_words()
    {
        using var scratch = new Scratch();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var result = await RoostProcess.RunAsync(
            TestContext.Current.CancellationToken, "up", "--listen", $"http://127.0.0.1:{port}", "--data", scratch.Data);

        Check(result, Surroundings, $"port {port} is taken; give another with --listen");
    }

    [Fact(Timeout = 60 * 1_000)]
    public async Task A_port_taken_by_another_roost_is_told_in_words()
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        await using var first = await RoostProcess.UpAsync(scratch.Data, ct);

        var result = await RoostProcess.UpRefusedAsync(
            scratch.Beside("other"), ct, listen: $"http://127.0.0.1:{first.Url.Port}");

        Check(result, Surroundings, $"port {first.Url.Port} is taken");
    }

    [Fact(Timeout = 60 * 1_000)]
    public async Task A_port_is_free_again_as_soon_as_its_process_is_gone()
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        Uri url;
        await using (var first = await RoostProcess.UpAsync(scratch.Data, ct))
        {
            // Connections that the server closes first stay in TIME_WAIT on its port for a minute.
            url = first.Url;
            using var client = new Client(url);
            Assert.True((await client.GetAsync("/api/v2/instance", null, ct)).IsSuccess);
            first.Stop();
            Assert.Equal(0, (await first.EndAsync(ct)).ExitCode);
        }

        await using var second = RoostProcess.Start("up", "--listen", url.ToString(), "--data", scratch.Data);
        await second.SaysAsync($"Roost is ready at {url}", ct);
        using var again = new Client(url);
        Assert.True((await again.GetAsync("/api/v2/instance", null, ct)).IsSuccess);
    }

    [Fact(Timeout = 60 * 1_000)]
    public async Task A_file_or_a_strange_directory_is_no_place_for_data()
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        var strange = Directory.CreateDirectory(scratch.Beside("strange")).FullName;
        var file = Path.Combine(strange, "thesis.txt");
        await File.WriteAllTextAsync(file, "mine", ct);

        Check(await RoostProcess.UpRefusedAsync(file, ct), Usage, "is a file, not a directory");
        Check(await RoostProcess.UpRefusedAsync(strange, ct), Usage, "it holds 'thesis.txt'");
        Assert.Equal([file], Directory.GetFileSystemEntries(strange));
    }

    [Fact(Timeout = 60 * 1_000)]
    public async Task A_directory_of_another_user_is_told_in_words()
    {
        var ct = TestContext.Current.CancellationToken;
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Users are changed with setpriv, which is Linux's.");
            return;
        }
        using var scratch = new Scratch();
        var forbidden = Directory.CreateDirectory(scratch.Beside("forbidden"));
        forbidden.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserExecute;
        var info = RoostExecutable.StartInfo(
            "up", "--listen", "http://127.0.0.1:0", "--data", Path.Combine(forbidden.FullName, "data"));
        if (Environment.IsPrivilegedProcess) info = AsNobody(info);

        await using var process = RoostProcess.Start(info);
        Check(await process.EndAsync(ct), Data, "cannot be written by this user");
    }

    [Theory(Timeout = 60 * 1_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_read_only_disk_is_told_in_words(bool hasData)
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        using var disk = SmallDisk.Mount(scratch.Beside("disk"), 24);
        if (hasData)
        {
            await using var process = await RoostProcess.UpAsync(disk.Data, ct);
            await process.KillAsync(ct);
        }
        disk.MakeReadOnly();

        var result = await RoostProcess.UpRefusedAsync(disk.Data, ct);

        Check(result, Data, "read-only");
        Assert.DoesNotContain("in use", result.Error, StringComparison.Ordinal);
    }

    /// <summary>The same, without root's right to write everywhere.</summary>
    private static ProcessStartInfo AsNobody(ProcessStartInfo info) =>
        new("setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", info.FileName, .. info.ArgumentList])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

    private static void Check(RunResult result, int code, string says)
    {
        Assert.True(result.ExitCode == code, $"It should have ended with code {code}, but: {result}");
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }
}
