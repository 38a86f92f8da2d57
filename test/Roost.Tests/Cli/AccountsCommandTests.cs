using System.IO.Compression;
using Roost.Cli;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Tests.Check;
using Xunit;

namespace Roost.Tests.Cli;

public sealed class AccountsCommandTests : IAsyncLifetime
{
    private const string NewPassword = "quite another one";

    private SampleData _data = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _data = await SampleData.MakeAsync();

    public ValueTask DisposeAsync() => _data.DisposeAsync();

    [Fact]
    public async Task Who_was_imported_can_sign_in_once_given_a_password()
    {
        Assert.Null(await SignInAsync("u4", NewPassword));

        var output = await SetAsync("U4", Piped(NewPassword + "\nnot this line\n"));

        Assert.StartsWith("u4 (account 4) has a new password.", output);
        Assert.Equal(4, (await SignInAsync("u4", NewPassword))?.Id.Value);
    }

    [Fact]
    public async Task Accounts_are_listed_for_people_and_for_machines()
    {
        using var text = new StringWriter();
        using var json = new StringWriter();

        await RunAsync(text, session => AccountList.WriteAsync(session, json: false, Ct));
        await RunAsync(json, session => AccountList.WriteAsync(session, json: true, Ct));

        var lines = text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(6, lines.Length);
        Assert.Equal(["ann", "1", "3", "1"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[..4]);
        Assert.StartsWith("{\"username\":\"ann\",\"id\":1,\"followers\":3,\"following\":1,", json.ToString());
    }

    [Fact]
    public async Task What_belongs_to_an_account_is_exported_once()
    {
        var file = _data.File("..", "ann.zip");
        using var output = new StringWriter();

        await ExportAsync("Ann");

        Assert.Contains("has 301 posts and boosts of ann, and 0 pictures.", output.ToString());
        await using var zip = await ZipFile.OpenReadAsync(file, Ct);
        Assert.Contains("posts.json", zip.Entries.Select(entry => entry.FullName));
        var refusal = await Assert.ThrowsAsync<IOException>(() => ExportAsync("ann"));
        Assert.Contains("is there already", refusal.Message);
        await Assert.ThrowsAsync<ServiceException>(() => ExportAsync("zoe"));

        Task ExportAsync(string name) => RunAsync(
            output, session => AccountExport.WriteAsync(session, name, file, "https://social.example", Ct));
    }

    [Fact]
    public async Task An_account_is_made_given_a_role_shown_suspended_and_back()
    {
        using var output = new StringWriter();
        await RunAsync(
            output, session => AccountChanges.CreateAsync(session, "zoe", "zoe@example.org", "admin", Ct),
            Piped(NewPassword));
        await RunAsync(
            output, session => AccountChanges.ModifyAsync(session, "zoe", "owner", "zoe@example.net", Ct));
        await RunAsync(output, session => AccountChanges.ShowAsync(session, "zoe", Ct));

        foreach (var told in (string[])["zoe is account 6, an admin.", "zoe is an owner now.", "zoe@example.net"])
            Assert.Contains(told, output.ToString(), StringComparison.Ordinal);
        Assert.NotNull(await SignInAsync("zoe@example.net", NewPassword));

        await RunAsync(output, session => AccountChanges.ChangeAsync(
            session, "zoe", account => new ChangeStanding(account.Id, Suspended: true), "is suspended", "suspend", Ct));
        Assert.Equal(Standing.Suspended, (await SignInAsync("zoe", NewPassword))?.Standing);
        var refusal = await Assert.ThrowsAsync<ServiceException>(
            () => RunAsync(output, session => AccountChanges.RejectAsync(session, "zoe", Ct)));
        Assert.Equal(ErrorCode.Invalid, refusal.Code);
    }

    [Fact]
    public async Task A_new_password_replaces_the_old_and_ends_what_is_signed_in()
    {
        IssuedToken token;
        await using (var node = await _data.OpenAsync())
            token = await node.Users.CreateToken(new CreateToken(0, new(1), "read"), Call.Until(Ct));

        await SetAsync("ann", Piped(NewPassword));

        Assert.Null(await SignInAsync("ann", SampleData.Password));
        Assert.NotNull(await SignInAsync("ann", NewPassword));
        await using var again = await _data.OpenAsync();
        Assert.Null(await again.Users.FindToken(new FindToken(token.Value), Call.Until(Ct)));
    }

    [Theory]
    [InlineData("nobody", NewPassword, "There is no account 'nobody'")]
    [InlineData("@ann", NewPassword, "There is no account '@ann'")]
    [InlineData("ann", "short", "A password has at least 8 characters.")]
    [InlineData("ann", "\n", "Choose a password.")]
    [InlineData("ann", "", "Standard input is empty")]
    public async Task What_cannot_be_is_refused_and_nothing_is_changed(string name, string input, string told)
    {
        var refusal = await Assert.ThrowsAsync<ServiceException>(() => SetAsync(name, Piped(input)));

        Assert.Equal(ErrorCode.Invalid, refusal.Code);
        Assert.StartsWith(told, refusal.Message);
        Assert.NotNull(await SignInAsync("ann", SampleData.Password));
    }

    [Fact]
    public async Task On_a_terminal_the_password_is_asked_twice_and_never_shown()
    {
        using var shown = new StringWriter { NewLine = "\n" };
        var keys = Keys("quite anotherr\b one\r" + NewPassword + "\r");

        await SetAsync("ann", new PasswordPrompt(keys, TextReader.Null, shown));

        Assert.Equal("New password of ann: \nOnce more: \n", shown.ToString());
        Assert.NotNull(await SignInAsync("ann", NewPassword));
    }

    [Fact]
    public async Task Two_passwords_that_differ_are_refused()
    {
        var prompt = new PasswordPrompt(Keys($"{NewPassword}\r{NewPassword}!\r"), TextReader.Null, TextWriter.Null);

        var refusal = await Assert.ThrowsAsync<ServiceException>(() => SetAsync("ann", prompt));

        Assert.StartsWith("The two passwords differ", refusal.Message);
        Assert.NotNull(await SignInAsync("ann", SampleData.Password));
    }

    [Fact]
    public async Task A_directory_that_is_in_use_or_not_there_is_refused_before_anything_is_asked()
    {
        var prompt = new PasswordPrompt(
            () => throw new InvalidOperationException("asked"), TextReader.Null, TextWriter.Null);
        await using var node = await _data.OpenAsync();

        var inUse = await Assert.ThrowsAsync<ServiceException>(() => SetAsync("ann", prompt));
        var nowhere = await Assert.ThrowsAsync<ServiceException>(() =>
            RunAsync(
                TextWriter.Null, session => AccountsCommand.SetPasswordAsync(session, "ann", Ct), prompt,
                _data.Path + "-not"));

        Assert.Equal((ErrorCode.Conflict, ErrorCode.NotFound), (inUse.Code, nowhere.Code));
    }

    private async Task<string> SetAsync(string name, PasswordPrompt prompt)
    {
        using var output = new StringWriter();
        await RunAsync(output, session => AccountsCommand.SetPasswordAsync(session, name, Ct), prompt);
        return output.ToString();
    }

    private async Task RunAsync(
        TextWriter output, Func<CommandSession, Task> body, PasswordPrompt? prompt = null, string? directory = null)
    {
        await using var data = CommandData.Open(directory ?? _data.Path);
        await body(new CommandSession(data, new LocalTalk(prompt ?? Piped("")), output));
    }

    private async Task<Account?> SignInAsync(string login, string password)
    {
        await using var node = await _data.OpenAsync();
        return await node.Users.VerifyPassword(new VerifyPassword(login, password), Call.Until(Ct));
    }

    private static PasswordPrompt Piped(string input) => new(null, new StringReader(input), TextWriter.Null);

    private static Func<ConsoleKeyInfo> Keys(string typed)
    {
        var next = 0;
        return () =>
        {
            var key = typed[next++];
            return new ConsoleKeyInfo(
                key, key switch { '\r' => ConsoleKey.Enter, '\b' => ConsoleKey.Backspace, _ => ConsoleKey.None },
                shift: false, alt: false, control: false);
        };
    }
}
