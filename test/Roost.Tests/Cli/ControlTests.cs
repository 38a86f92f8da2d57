using System.CommandLine;
using System.IO.Compression;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Cli;
using Roost.Cli.Control;
using Roost.Composition;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Users;
using Roost.Tests.Check;
using Roost.Tests.Services.Media;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Cli;

/// <summary>Commands typed while a server runs on the directory.</summary>
public sealed class ControlTests : IAsyncLifetime
{
    private const string Password = "quite another one";

    private SampleData _data = null!;
    private Node _node = null!;
    private ControlServer _server = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _data = await SampleData.MakeAsync();
        _node = await _data.OpenAsync();
        _server = ControlServer.Start(_node, NullLogger.Instance)!;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _node.DisposeAsync();
        await _data.DisposeAsync();
    }

    [Fact]
    public async Task The_server_runs_them_and_what_they_change_is_so_at_once()
    {
        var suspended = await TypeAsync("accounts", "suspend", "bob");
        var announced = await TypeAsync("announcements", "add", "Down on Sunday.");
        var listed = await TypeAsync("accounts", "list", "--json");
        var log = await TypeAsync("accounts", "log");

        Assert.Equal((ExitCode.Done, "bob (account 2) is suspended.\n", ""), suspended);
        Assert.Equal((ExitCode.Done, "This is announcement 1.\n", ""), announced);
        Assert.Equal(["(command line) create announcement 1", "(command line) suspend account bob"], log.Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => string.Join(' ', line[16..].Split(' ', StringSplitOptions.RemoveEmptyEntries))));
        Assert.Equal(5, listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        var bob = await _node.Moderation.LookUp(new LookUpAccount("bob"), Call.Until(Ct));
        Assert.Equal(Standing.Suspended, bob?.Account.Standing);
        var told = Assert.Single(await _node.Community.Announcements(new GetAnnouncements(new(1)), Call.Until(Ct)));
        Assert.Equal("Down on Sunday.", told.Text);
    }

    [Fact]
    public async Task A_password_is_asked_for_where_the_command_was_typed()
    {
        var talk = new LocalTalk(new PasswordPrompt(null, new StringReader(Password), TextWriter.Null));

        var set = await SendAsync(talk, "accounts", "set-password", "ann");
        var empty = await SendAsync(talk, "accounts", "set-password", "ann");

        Assert.StartsWith("ann (account 1) has a new password.", set.Output, StringComparison.Ordinal);
        Assert.NotNull(await _node.Users.VerifyPassword(new VerifyPassword("ann", Password), Call.Until(Ct)));
        Assert.Equal(ExitCode.Usage, empty.Code);
        Assert.StartsWith("roost: Standard input is empty", empty.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_emoji_is_read_where_the_command_was_typed_and_can_be_written_at_once()
    {
        var file = _data.File("..", "cat.png");
        await File.WriteAllBytesAsync(file, Pictures.TwoHalves(300, 300, SKEncodedImageFormat.Png), Ct);

        var added = await TypeAsync("emojis", "add", "blob_cat", file);
        var missing = await TypeAsync("emojis", "add", "other", file + ".not");

        Assert.Equal((ExitCode.Done, "People can write :blob_cat: now.\n", ""), added);
        Assert.Equal(ExitCode.Environment, missing.Code);
        Assert.Contains("cat.png.not", missing.Error, StringComparison.Ordinal);
        Assert.Equal(["blob_cat"], _node.Community.Emojis.Now.All.Select(emoji => emoji.Shortcode));
        await TypeAsync("emojis", "remove", "blob_cat");
        Assert.Empty(_node.Community.Emojis.Now.All);
    }

    [Fact]
    public async Task What_belongs_to_an_account_is_written_where_the_command_was_typed()
    {
        var file = _data.File("..", "ann.zip");

        var written = await TypeAsync("accounts", "export", "ann", "--to", file);
        var again = await TypeAsync("accounts", "export", "ann", "--to", file);
        var nowhere = await TypeAsync("accounts", "export", "ann", "--to", Path.Combine(file, "x.zip"));

        Assert.Equal((ExitCode.Done, ""), (written.Code, written.Error));
        Assert.Contains("has 301 posts and boosts of ann, and 0 pictures.", written.Output, StringComparison.Ordinal);
        await using var zip = await ZipFile.OpenReadAsync(file, Ct);
        Assert.Contains("posts.json", zip.Entries.Select(entry => entry.FullName));
        Assert.Equal(ExitCode.Environment, again.Code);
        Assert.Contains("is there already", again.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Environment, nowhere.Code);
        Assert.False(File.Exists(file + ".part"));
    }

    [Fact]
    public async Task A_file_that_comes_to_nothing_is_not_left_behind()
    {
        var file = _data.File("..", "half.bin");
        var talk = new LocalTalk(new PasswordPrompt(null, new StringReader(""), TextWriter.Null));

        await Assert.ThrowsAsync<InvalidDataException>(() => talk.WriteFileAsync(
            file,
            async stream =>
            {
                await stream.WriteAsync(new byte[10], Ct);
                throw new InvalidDataException();
            }, Ct));

        Assert.False(File.Exists(file));
        Assert.False(File.Exists(file + ".part"));
    }

    [Theory]
    [InlineData("There is no account 'zoe'", "accounts", "show", "zoe")]
    [InlineData("zoe cannot be undone", "accounts", "delete", "zoe")]
    [InlineData("There is no announcement 7.", "announcements", "remove", "7")]
    public async Task What_is_wrong_is_told_as_without_a_server(string told, params string[] args)
    {
        var (code, output, error) = await TypeAsync(args);

        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.Contains(told, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_accounts_posts_are_taken_away_by_the_server()
    {
        var (code, output, _) = await TypeAsync("accounts", "delete", "bob", "--yes");

        Assert.Equal((ExitCode.Done, "bob is deleted; the server is taking its posts and ties away.\n"), (code, output));
        Assert.Null((await _node.Users.Get(new GetAccounts([new(2)]), Call.Until(Ct)))[0]);
    }

    [Fact]
    public async Task Only_the_owner_reaches_it_and_a_stale_socket_is_in_nobodys_way()
    {
        var path = _data.File("roost.sock");
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        await _server.DisposeAsync();
        Assert.False(File.Exists(path));
        await _node.DisposeAsync();
        // Nobody listens there, as after kill -9.
        await File.WriteAllTextAsync(path, "", Ct);

        var (code, output, _) = await TypeAsync("accounts", "show", "ann");

        Assert.Equal(ExitCode.Done, code);
        Assert.StartsWith("ann (account 1)\n", output, StringComparison.Ordinal);
        _node = await _data.OpenAsync();
        _server = ControlServer.Start(_node, NullLogger.Instance)!;
        Assert.Equal(ExitCode.Done, (await TypeAsync("accounts", "show", "ann")).Code);
    }

    [Fact]
    public async Task Who_sends_no_command_line_or_goes_disturbs_nobody()
    {
        foreach (var sent in (byte[][])["no json\n"u8.ToArray(), "{}\n"u8.ToArray(), []])
        {
            using var socket = ControlSocket.Create();
            await socket.ConnectAsync(ControlSocket.In(_data.Path)!, Ct);
            await socket.SendAsync(sent, Ct);
        }

        Assert.Equal(ExitCode.Done, (await TypeAsync("accounts", "show", "ann")).Code);
    }

    /// <summary>As the program does it.</summary>
    private async Task<(int Code, string Output, string Error)> TypeAsync(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await OperatorCommands.Root().Parse([.. args, "--data", _data.Path]).InvokeAsync(
            new InvocationConfiguration { Output = output, Error = error }, Ct);
        return (code, output.ToString(), error.ToString());
    }

    private async Task<(int Code, string Output, string Error)> SendAsync(ICommandTalk talk, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var client = (await ControlClient.TryConnectAsync(_data.Path, Ct))!;
        var code = await client.RunAsync(args, talk, output, error, Ct);
        return (code, output.ToString(), error.ToString());
    }
}
